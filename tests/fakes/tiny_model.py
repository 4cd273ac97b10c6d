"""A language model of half a megabyte, made on the spot: it knows nothing, but it is a real one.

Run by the Python that has `gguf` (see `make local-model`): python tiny_model.py FILE
"""

import sys

import gguf
import numpy as np

SIZE, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 8192


def vocabulary():
    """Bytes and printable characters, as (text, score, type)."""
    special = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    raw = [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    printable = [("▁" if code == 32 else chr(code), -float(code), 1) for code in range(32, 127)]
    return special + raw + printable


def write(path):
    rng = np.random.default_rng(1)
    words = vocabulary()
    model = gguf.GGUFWriter(path, "llama")
    model.add_name("tiny")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(SIZE)
    model.add_block_count(LAYERS)
    model.add_feed_forward_length(INNER)
    model.add_head_count(HEADS)
    model.add_head_count_kv(HEADS)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_rope_dimension_count(SIZE // HEADS)
    model.add_vocab_size(len(words))
    model.add_file_type(gguf.LlamaFileType.ALL_F32)
    model.add_tokenizer_model("llama")
    model.add_token_list([word for word, _, _ in words])
    model.add_token_scores([score for _, score, _ in words])
    model.add_token_types([kind for _, _, kind in words])
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)
    model.add_unk_token_id(0)
    model.add_chat_template(
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    )

    def tensor(name, *shape):
        model.add_tensor(name, (rng.standard_normal(shape) * 0.05).astype(np.float32))

    def ones(name):
        model.add_tensor(name, np.ones(SIZE, np.float32))

    tensor("token_embd.weight", len(words), SIZE)
    ones("output_norm.weight")
    tensor("output.weight", len(words), SIZE)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", SIZE, SIZE)
        ones(f"blk.{layer}.attn_norm.weight")
        ones(f"blk.{layer}.ffn_norm.weight")
        tensor(f"blk.{layer}.ffn_gate.weight", INNER, SIZE)
        tensor(f"blk.{layer}.ffn_up.weight", INNER, SIZE)
        tensor(f"blk.{layer}.ffn_down.weight", SIZE, INNER)
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


if __name__ == "__main__":
    write(sys.argv[1])
