"""Boards of any size in the editor's form, made for measuring."""

from __future__ import annotations

from typing import Any


def board(nodes: int) -> dict[str, Any]:
    """A board of about `nodes` nodes: one checkpoint that all read, chains of encode, sample, decode, save.

    Every second chain samples what the one before it made, so that the graph is deep as well as wide.
    """
    made = _Board()
    loader = made.add("CheckpointLoaderSimple", ["a.safetensors"], [], ["MODEL", "CLIP", "VAE"])
    latent = made.add("EmptyLatentImage", [512, 512, 1], [], ["LATENT"])
    number = 0
    while len(made.nodes) < nodes:
        number += 1
        positive = made.add("CLIPTextEncode", [f"shot {number}"], [("clip", loader, 1)], ["CONDITIONING"])
        negative = made.add("CLIPTextEncode", ["blurry"], [("clip", loader, 1)], ["CONDITIONING"])
        sampler = made.add(
            "KSampler",
            [number, "randomize", 20, 7.0, "euler", "normal", 1.0],
            [
                ("model", loader, 0),
                ("positive", positive, 0),
                ("negative", negative, 0),
                ("latent_image", latent, 0),
            ],
            ["LATENT"],
        )
        decode = made.add("VAEDecode", [], [("samples", sampler, 0), ("vae", loader, 2)], ["IMAGE"])
        made.add("SaveImage", [f"shot_{number}"], [("images", decode, 0)], [])
        latent = sampler if number % 2 else latent
    return {"nodes": made.nodes, "links": made.links, "version": 0.4, "last_node_id": len(made.nodes)}


class _Board:
    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.links: list[list[Any]] = []

    def add(
        self, kind: str, values: list[Any], inputs: list[tuple[str, int, int]], outputs: list[str]
    ) -> int:
        number = len(self.nodes) + 1
        slots = []
        for at, (name, source, output) in enumerate(inputs):
            link = len(self.links) + 1
            given = self.nodes[source - 1]["outputs"][output]["type"]
            self.links.append([link, source, output, number, at, given])
            self.nodes[source - 1]["outputs"][output]["links"].append(link)
            slots.append({"name": name, "type": given, "link": link})
        self.nodes.append(
            {
                "id": number,
                "type": kind,
                "mode": 0,
                "inputs": slots,
                "outputs": [{"name": type_, "type": type_, "links": []} for type_ in outputs],
                "widgets_values": values,
            }
        )
        return number
