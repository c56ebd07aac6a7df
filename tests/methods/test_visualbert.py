"""VisualBERT: BERT's weights in its architecture, regions in its input, and checkpoints of other widths."""

import pytest
import torch
from small_methods import make
from transformers import AutoModel, RobertaConfig, VisualBertConfig, VisualBertModel

from mnerbench.benchmark.training.optimizer import kinds_of_parameters
from mnerbench.datasets.errors import ConfigError
from mnerbench.datasets.inputs import InputKind, View
from mnerbench.methods.encoders.text_encoder import TextEncoder
from mnerbench.methods.registry import methods
from mnerbench.methods.visualbert.encoder import become_visual


def test_over_bert_and_without_a_picture_it_is_bert_crf():
    method, split = make("visualbert")
    plain, _ = make("bert-crf")
    batch = split.batch(range(8), View.T)
    with torch.no_grad():
        torch.testing.assert_close(method(batch)[batch.mask], plain(batch)[batch.mask], rtol=1e-4, atol=1e-5)
    assert sum(p.numel() for p in method.encoder.parameters()) == sum(p.numel() for p in plain.encoder.parameters())


def test_the_best_regions_are_in_the_input_as_in_transformers():
    method, split = make("visualbert-tam", {"regions": 2})
    batch = split.batch(range(8), View.IT)
    model, vectors = method.encoder.model, batch.visual.vectors[InputKind.REGIONS]
    with torch.no_grad():
        emissions = method(batch)
        for row, count in enumerate(batch.subwords.sizes):
            length = int(batch.subwords.mask[row].sum())
            real = int(batch.visual.masks[InputKind.REGIONS][row].sum())
            visual_inputs = {"visual_embeds": vectors[row : row + 1, : min(real, 2)]} if real else {}
            states = model(input_ids=batch.subwords.ids[row : row + 1, :length], **visual_inputs).last_hidden_state[0]
            positions = batch.subwords.first[row, :count] - row * batch.subwords.ids.shape[1]
            torch.testing.assert_close(emissions[row, :count], method.project(states[positions]), rtol=1e-4, atol=1e-5)


def test_a_tweet_without_regions_is_read_as_text_alone():
    method, split = make("visualbert-tam")
    batch = split.batch(range(8), View.T)
    with torch.no_grad():
        states = method.encoder.model(
            input_ids=batch.subwords.ids,
            attention_mask=batch.subwords.mask.long(),
            token_type_ids=batch.subwords.segments,
        ).last_hidden_state
        expected = method.project(states.flatten(0, 1)[batch.subwords.first])
        torch.testing.assert_close(method(batch)[batch.mask], expected[batch.mask], rtol=1e-4, atol=1e-5)


def test_new_embeddings_start_as_copies_of_bert_s_and_learn_like_new_layers():
    method, _ = make("visualbert-tam")
    embeddings = method.encoder.model.embeddings
    assert torch.equal(embeddings.visual_position_embeddings.weight, embeddings.position_embeddings.weight)
    new = {name for kind, name, _ in kinds_of_parameters(method) if kind == "new"}
    assert "encoder.model.embeddings.visual_projection.weight" in new
    assert not any("word_embeddings" in name or ".layer." in name for name in new)


def checkpoint(tokenizer, width):
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    config = VisualBertConfig(vocab_size=500, visual_embedding_dim=width, pad_token_id=0, **sizes)
    return TextEncoder(VisualBertModel(config, add_pooling_layer=False), tokenizer)


def test_a_visualbert_checkpoint_is_unchanged():
    tokenizer = make("bert-crf")[0].encoder.tokenizer
    encoder = checkpoint(tokenizer, 8)
    model = encoder.model
    become_visual(encoder, 8)
    become_visual(encoder, None)
    assert encoder.model is model
    assert encoder.fresh == ()
    with pytest.raises(ConfigError, match="regions of width 8, these have width 9"):
        become_visual(encoder, 9)


def test_other_encoders_are_refused():
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    model = AutoModel.from_config(RobertaConfig(vocab_size=500, **sizes))
    roberta = TextEncoder(model, make("bert-crf")[0].encoder.tokenizer)
    with pytest.raises(ConfigError, match="the encoder is a Roberta"):
        become_visual(roberta, 8)


def test_regions_and_captions_together_are_no_model():
    with pytest.raises(ConfigError, match="no model with both regions and captions"):
        methods()["visualbert-tam"].configure({"captions": 1})
