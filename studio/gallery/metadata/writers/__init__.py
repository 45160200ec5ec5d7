"""What each program writes of how a picture was made, and how to read it.

| program | where it writes | module |
| --- | --- | --- |
| this studio | `studio` chunk, or a sidecar; beside it ComfyUI's own | `ours` |
| ComfyUI | `prompt` (what was run) and `workflow` (the editor's form) | `comfyui`, `sampling` |
| AUTOMATIC1111's WebUI, Forge | `parameters`: prompt, negative, one line of settings | `a1111` |
| InvokeAI | `invokeai_metadata`, before that `sd-metadata` and `Dream` | `invokeai` |
| SwarmUI | `parameters` as JSON with `sui_image_params` | `swarmui` |
| NovelAI | `Comment` as JSON, `Software: NovelAI` | `novelai` |

NovelAI's second copy in the lowest bits of the pixels' alpha is not read: it would need every pixel.
"""
