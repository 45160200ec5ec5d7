"""Prompts enriched by a language model, checked against the look, with the plain prompt kept beside.

prompt = studio.write_prompt(look, subject="a captain reads a letter", target="flux")
richer = await studio.enhance(prompt, provider="ollama")
richer.text, richer.remarks, richer.plain
"""

from studio.llm.catalogue import Provider, available, providers
from studio.llm.check import Remark, check
from studio.llm.enrich import Enhanced, enhance
from studio.llm.keys import forget_key, store_key

__all__ = [
    "Enhanced",
    "Provider",
    "Remark",
    "available",
    "check",
    "enhance",
    "forget_key",
    "providers",
    "store_key",
]
