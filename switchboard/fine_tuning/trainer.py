"""Fine-tunes a causal language model on a collection; runs in an environment of its own.

Nothing of Switchboard is imported here: torch, transformers and TRL want other versions than Rasa.
`switchboard learn fine-tune` runs it. `--model tiny` makes a model of about 200,000 random weights
and a tokenizer of the collection's own words, to prove the path; any other name is a folder with a
model that is there already.
"""

from __future__ import annotations

import argparse
import copy
import json
import shutil
from pathlib import Path
from typing import Any

TINY = "tiny"
LEAST_PAIRS = 4
HELD_OUT = 10
"""Every tenth conversation is kept for measuring."""
_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]


def main() -> None:
    """Train, measure, write: the model appears at `--out` once it is whole."""
    asked = _arguments()
    beside = asked.out.with_name(f".{asked.out.name}.part")
    beside.mkdir(parents=True, exist_ok=True)
    model, tokenizer = _start(asked)
    report: dict[str, Any] = {"model": asked.model, "data": str(asked.data), "seed": asked.seed}
    report["parameters"] = sum(p.numel() for p in model.parameters())
    model, report["supervised"] = _supervised(model, tokenizer, asked, beside)
    model, report["preferences"] = _preferences(model, tokenizer, asked, beside)
    model.save_pretrained(beside)
    tokenizer.save_pretrained(beside)
    (beside / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    for steps in beside.glob("steps-*"):
        shutil.rmtree(steps)
    beside.rename(asked.out)
    print(json.dumps(report, indent=1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default=TINY)
    parser.add_argument("--epochs", type=float, default=3.0)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _start(asked: argparse.Namespace) -> tuple[Any, Any]:
    """The model to begin with, and its tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

    set_seed(asked.seed)
    if asked.model == TINY:
        return _tiny(asked)
    tokenizer = AutoTokenizer.from_pretrained(asked.model, local_files_only=True)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return AutoModelForCausalLM.from_pretrained(asked.model, local_files_only=True), tokenizer


def _tiny(asked: argparse.Namespace) -> tuple[Any, Any]:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = ByteLevelBPETokenizer()
    words.train_from_iterator(_texts(asked.data), 2000, 2, special_tokens=_SPECIAL)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words._tokenizer,
        pad_token=_SPECIAL[0],
        eos_token=_SPECIAL[1],
        additional_special_tokens=_SPECIAL[2:],
        model_max_length=asked.length,
    )
    tokenizer.chat_template = _TEMPLATE
    shape = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=asked.length,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(shape), tokenizer


def _texts(folder: Path) -> Any:
    with (folder / "supervised.jsonl").open(encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            yield from (message["content"] for message in row["prompt"] + row["completion"])


def _rows(path: Path, columns: list[str], folder: Path) -> tuple[Any, Any]:
    """(to learn, held out) by conversation, on the disk rather than in memory."""
    from datasets import load_dataset

    if not path.exists() or path.stat().st_size == 0:
        return None, None
    whole = load_dataset("json", data_files=str(path), split="train", cache_dir=str(folder))
    kept = whole.select_columns([*columns, "talk"])
    held = kept.filter(lambda row: row["talk"] % HELD_OUT == 0).remove_columns("talk")
    learn = kept.filter(lambda row: row["talk"] % HELD_OUT != 0).remove_columns("talk")
    return learn, held


def _common(asked: argparse.Namespace, steps: Path) -> dict[str, Any]:
    return {
        "output_dir": str(steps),
        "num_train_epochs": asked.epochs,
        "per_device_train_batch_size": asked.batch,
        "per_device_eval_batch_size": asked.batch,
        "max_length": asked.length,
        "seed": asked.seed,
        "save_steps": 200,
        "save_total_limit": 2,
        "logging_steps": 20,
        "report_to": [],
        "bf16": False,
        "eval_strategy": "no",
    }


def _begun(steps: Path) -> bool:
    return any(steps.glob("checkpoint-*"))


def _supervised(
    model: Any, tokenizer: Any, asked: argparse.Namespace, beside: Path
) -> tuple[Any, dict[str, Any]]:
    from trl import SFTConfig, SFTTrainer

    steps = beside / "steps-supervised"
    learn, held = _rows(
        asked.data / "supervised.jsonl", ["prompt", "completion"], beside / "steps-data"
    )
    if learn is None or not len(learn):
        raise SystemExit("supervised.jsonl has no rows to learn from")
    held = held if len(held) else learn.select(range(min(20, len(learn))))
    rate = asked.rate or (2e-3 if asked.model == TINY else 2e-5)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(**_common(asked, steps), learning_rate=rate, gradient_checkpointing=False),
        train_dataset=learn,
        eval_dataset=held,
        processing_class=tokenizer,
    )
    before = trainer.evaluate()["eval_loss"]
    trainer.train(resume_from_checkpoint=_begun(steps))
    after = trainer.evaluate()["eval_loss"]
    figures = {"rows": len(learn), "held_out": len(held), "loss_before": before, "loss": after}
    return trainer.model, figures


def _preferences(
    model: Any, tokenizer: Any, asked: argparse.Namespace, beside: Path
) -> tuple[Any, dict[str, Any]]:
    from trl import DPOConfig, DPOTrainer

    steps = beside / "steps-preferences"
    learn, held = _rows(
        asked.data / "preferences.jsonl", ["prompt", "chosen", "rejected"], beside / "steps-data"
    )
    if learn is None or len(learn) < LEAST_PAIRS:
        return model, {"left_out": f"fewer than {LEAST_PAIRS} pairs"}
    held = held if len(held) else learn
    rate = asked.rate or (5e-4 if asked.model == TINY else 1e-6)
    trainer = DPOTrainer(
        model=model,
        ref_model=copy.deepcopy(model),  # a model made on the spot has no folder to read it from
        args=DPOConfig(**_common(asked, steps), learning_rate=rate, gradient_checkpointing=False),
        train_dataset=learn,
        eval_dataset=held,
        processing_class=tokenizer,
    )
    before = trainer.evaluate()
    trainer.train(resume_from_checkpoint=_begun(steps))
    after = trainer.evaluate()
    figures = {"rows": len(learn), "held_out": len(held)}
    for name, found in (("before", before), ("after", after)):
        figures[f"preferred_{name}"] = found.get("eval_rewards/accuracies")
        figures[f"margin_{name}"] = found.get("eval_rewards/margins")
    return trainer.model, figures


if __name__ == "__main__":
    main()
