"""Prompts are enriched over a real socket, checked against the look, and keys are never shown."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import studio
from studio.cinema import Prompt
from studio.errors import DataFileError, LanguageModelError
from studio.llm import available, enhance, providers
from studio.llm import keys as key_module
from studio.llm.catalogue import Provider, find_provider, list_models
from tests.llm.server import FakeLlm

CANARY = "sk-canary-4711-never-shown"


@pytest.fixture(autouse=True)
def no_keys_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in providers().values():
        if provider.key:
            monkeypatch.delenv(provider.key, raising=False)
    monkeypatch.setattr(key_module, "_from_keyring", lambda provider: "")


@pytest.fixture
def server() -> Iterator[FakeLlm]:
    with FakeLlm() as fake:
        yield fake


@pytest.fixture
def prompt() -> Prompt:
    look = studio.preset("blade_runner_2049")
    return studio.write_prompt(look, subject="a captain reads a letter", target="flux")


async def test_the_text_streams_in_and_the_plain_prompt_stays(server: FakeLlm, prompt: Prompt) -> None:
    server.answer = "A captain reads a creased letter. Rain beads on the glass."
    grown: list[str] = []
    richer = await enhance(prompt, provider=server.url, on_text=grown.append)
    assert richer.text == server.answer
    assert richer.plain is prompt or richer.plain == prompt
    assert richer.prompt.positive == server.answer
    assert richer.prompt.parameters == prompt.parameters
    assert len(grown) > 3
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(grown))
    assert richer.model == "tiny-director", "the embedding model was taken"


async def test_the_instructions_fit_the_target(server: FakeLlm, prompt: Prompt) -> None:
    await enhance(prompt, provider=server.url)
    keywords = studio.write_prompt(studio.preset("roma"), subject="a beach", target="sdxl")
    await enhance(keywords, provider=server.url)
    flux, sdxl = (str(request["messages"]) for request in server.requests)
    assert "natural language" in flux and "commas" not in flux
    assert "keywords separated" in sdxl or "separated by commas" in sdxl
    assert "Invent no gear" in flux and "Invent no gear" in sdxl
    assert prompt.positive in flux.replace("\\n", "\n")


async def test_a_project_may_bring_instructions_of_its_own(
    server: FakeLlm, prompt: Prompt, tmp_path: Path
) -> None:
    (tmp_path / "general.md").write_text("Write as a poet would.", encoding="utf-8")
    await enhance(prompt, provider=server.url, instructions=tmp_path)
    assert "as a poet would" in str(server.requests[0]["messages"])
    assert "Invent no gear" not in str(server.requests[0]["messages"])


async def test_what_the_model_made_up_or_dropped_is_flagged(server: FakeLlm, prompt: Prompt) -> None:
    server.answer = (
        "A captain reads, shot on ARRI ALEXA 65 with a Cooke S4/i at 85mm and T2, like The Revenant."
    )
    richer = await enhance(prompt, provider=server.url)
    invented = {(remark.what, remark.text) for remark in richer.remarks if remark.kind == "invented"}
    assert ("camera", "ARRI ALEXA 65") in invented
    assert ("focal length", "85") in invented
    assert ("stop", "2") in invented
    assert ("film", "The Revenant") in invented
    assert ("focal length", "32") in {(r.what, r.text) for r in richer.remarks if r.kind == "lost"}


async def test_a_faithful_text_has_no_remarks(server: FakeLlm, prompt: Prompt) -> None:
    server.answer = prompt.positive + " Steam curls off a cup."
    assert (await enhance(prompt, provider=server.url)).remarks == ()


async def test_repeats_and_quotation_marks_are_cut(server: FakeLlm, prompt: Prompt) -> None:
    server.answer = f'"{prompt.positive} Rain falls. Rain falls."'
    richer = await enhance(prompt, provider=server.url)
    assert richer.text.endswith("Rain falls.") and richer.text.count("Rain falls.") == 1
    assert [remark.kind for remark in richer.remarks] == ["repeated"]


@pytest.mark.parametrize(("status", "words"), [(401, "key"), (404, "model"), (429, "requests"), (500, "500")])
async def test_a_refusal_says_why_and_never_shows_the_key(
    server: FakeLlm, prompt: Prompt, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    server.status = status
    provider = Provider(id="openai", name="OpenAI", url=server.url, key="OPENAI_API_KEY", model="m")
    monkeypatch.setattr("studio.llm.enrich.find_provider", lambda name: provider)
    with pytest.raises(LanguageModelError, match=words) as caught:
        await enhance(prompt, provider="openai")
    assert CANARY in server.keys[0], "the key was not sent at all"
    seen: BaseException | None = caught.value
    while seen is not None:
        assert CANARY not in f"{seen!s}{seen!r}"
        seen = seen.__cause__
    assert CANARY not in repr(provider) and CANARY not in provider.model_dump_json()


async def test_an_answer_that_never_ends_is_given_up(server: FakeLlm, prompt: Prompt) -> None:
    server.stall = True
    with pytest.raises(LanguageModelError, match=r"within|did not come"):
        await enhance(prompt, provider=server.url, timeout=0.5)


async def test_an_empty_answer_is_an_error(server: FakeLlm, prompt: Prompt) -> None:
    server.answer = ""
    with pytest.raises(LanguageModelError):
        await enhance(prompt, provider=server.url)


async def test_nobody_there(prompt: Prompt) -> None:
    with FakeLlm() as gone:
        url = gone.url
    with pytest.raises(LanguageModelError, match="does not answer"):
        await enhance(prompt, provider=url)
    with pytest.raises(LanguageModelError, match="no key for OpenAI"):
        await enhance(prompt, provider="openai")
    with pytest.raises(LanguageModelError, match="no provider"):
        await enhance(prompt, provider="crayon")


async def test_local_servers_are_found_by_themselves(
    server: FakeLlm, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeLlm() as gone:
        dead = gone.url
    known = {
        "ollama": Provider(id="ollama", name="Ollama", url=dead, local=True),
        "lm_studio": Provider(id="lm_studio", name="LM Studio", url=server.url, local=True),
        "openai": Provider(id="openai", name="OpenAI", key="OPENAI_API_KEY", model="m"),
    }
    monkeypatch.setattr("studio.llm.catalogue.providers", lambda: known)
    assert [provider.id for provider in await available()] == ["lm_studio"]
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert [provider.id for provider in await available()] == ["lm_studio", "openai"]
    assert (await enhance(prompt)).provider == "lm_studio"
    assert await list_models(known["lm_studio"]) == ["tiny-director"]


async def test_a_model_of_ones_own(prompt: Prompt) -> None:
    from pydantic_ai.models.test import TestModel

    richer = await enhance(prompt, model=TestModel(custom_output_text="A captain reads."))
    assert richer.text == "A captain reads."


def test_from_plain_code_it_blocks(server: FakeLlm, prompt: Prompt) -> None:
    assert studio.run(studio.enhance(prompt, provider=server.url)).text == "A captain reads."


def test_every_shipped_provider_can_be_made_and_holds_no_key() -> None:
    assert {"openai", "anthropic", "google", "openrouter", "ollama", "lm_studio"} <= set(providers())
    for provider in providers().values():
        assert find_provider(provider.id) == provider
        assert provider.local or provider.key


def test_a_broken_provider_file_names_provider_and_field(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "llm").mkdir()
    (tmp_path / "llm" / "providers.toml").write_text(
        '[mine]\nname = "Mine"\nkind = "crayon"\n', encoding="utf-8"
    )
    monkeypatch.setattr("studio.llm.catalogue.data_folder", lambda name: tmp_path)
    with pytest.raises(DataFileError, match=r"mine\.kind"):
        providers()
