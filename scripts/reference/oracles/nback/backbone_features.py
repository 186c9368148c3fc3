#!/usr/bin/env python3
"""Features of ResNet50 and MobileNetV2 on made-up weights and images, in double precision and functional PyTorch.

    scripts/reference/oracles/nback/backbone_features.py tests/golden/backbone_features.safetensors

tests/nn/test_backbone.cpp and tests/families/nback/test_perceptual.cpp compare tsd with this file. Weights and images
come from a hash of a tensor's name and an element's index, which the tests compute too, so that only the features are
stored. Layer names and shapes are torchvision's; the networks are those of doi:10.1109/CVPR.2016.90 (stride in the 3x3
convolution) and doi:10.1109/CVPR.2018.00474.
"""
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

IMAGES, SIDE = 3, 64
STIMULI = 6  # whole images of bytes, 224 x 224
EVERY = 8  # every eighth feature is stored


def uniform(name, count):
    """[count] numbers in [-1, 1): FNV-1a of the name, then the finaliser of MurmurHash3 for each index."""
    key = 0x811C9DC5
    for byte in name.encode():
        key = (key ^ byte) * 0x01000193 & 0xFFFFFFFF
    x = np.uint32(key) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def tensor(name, shape, scale, offset=0.0):
    values = offset + scale * uniform(name, int(np.prod(shape)))
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(shape)


def images():
    fine = tensor("images.fine", (IMAGES, 3, SIDE, SIDE), 0.5)
    coarse = tensor("images.coarse", (IMAGES, 3, SIDE // 16, SIDE // 16), 1.0)
    return fine + coarse.repeat_interleave(16, 2).repeat_interleave(16, 3)


def stimuli():
    """Bytes, scaled as torchvision does: to [0, 1], then by ImageNet's mean and standard deviation."""
    fine = tensor("stimuli.fine", (STIMULI, 224, 224, 3), 32)
    coarse = tensor("stimuli.coarse", (STIMULI, 14, 14, 3), 64)
    pixels = torch.floor(128 + fine + coarse.repeat_interleave(16, 1).repeat_interleave(16, 2))
    mean, sd = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], dtype=torch.float64)
    return ((pixels / 255 - mean) / sd).permute(0, 3, 1, 2)


class Network:
    """Holds the batch-norm statistics. With `momentum` a pass normalises by its batch's and moves the kept ones."""

    def __init__(self):
        self.statistics = {}
        self.momentum = 0

    def layer(self, x, conv, norm, out, kernel=1, stride=1, groups=1):
        fan_in = x.shape[1] // groups * kernel * kernel
        weight = tensor(f"{conv}.weight", (out, x.shape[1] // groups, kernel, kernel), (6 / fan_in) ** 0.5)
        x = F.conv2d(x, weight, stride=stride, padding=kernel // 2, groups=groups)
        mean, var = self.statistics.get(norm) or (
            tensor(f"{norm}.running_mean", (out,), 0.25), tensor(f"{norm}.running_var", (out,), 0.5, 1.0))
        if self.momentum > 0:
            m, unbiased = self.momentum, x.var((0, 2, 3), unbiased=True)
            kept_mean, kept_var = mean, var
            mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            self.statistics[norm] = (1 - m) * kept_mean + m * mean, (1 - m) * kept_var + m * unbiased
        gain, bias = tensor(f"{norm}.weight", (out,), 0.25, 1.0), tensor(f"{norm}.bias", (out,), 0.25)
        column = (1, -1, 1, 1)
        return (x - mean.view(column)) / (var + 1e-5).sqrt().view(column) * gain.view(column) + bias.view(column)


class ResNet50(Network):
    def features(self, x):
        x = F.relu(self.layer(x, "conv1", "bn1", 64, 7, 2))
        x = F.max_pool2d(x, 3, 2, 1)
        for stage, (width, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
            for block in range(blocks):
                x = self.bottleneck(x, f"layer{stage}.{block}", width, 2 if stage > 1 and block == 0 else 1)
        return x.mean((2, 3))

    def bottleneck(self, x, name, width, stride):
        y = F.relu(self.layer(x, f"{name}.conv1", f"{name}.bn1", width))
        y = F.relu(self.layer(y, f"{name}.conv2", f"{name}.bn2", width, 3, stride))
        y = self.layer(y, f"{name}.conv3", f"{name}.bn3", 4 * width)
        if name.endswith(".0"):
            x = self.layer(x, f"{name}.downsample.0", f"{name}.downsample.1", 4 * width, 1, stride)
        return F.relu(x + y)


class MobileNetV2(Network):
    def features(self, x):
        x = F.relu6(self.layer(x, "features.0.0", "features.0.1", 32, 3, 2))
        rows = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
        strides = [(t, c, s if i == 0 else 1) for t, c, n, s in rows for i in range(n)]
        for k, (expansion, out, stride) in enumerate(strides, 1):
            x = self.block(x, f"features.{k}.conv", out, stride, expansion)
        x = F.relu6(self.layer(x, "features.18.0", "features.18.1", 1280))
        return x.mean((2, 3))

    def block(self, x, name, out, stride, expansion):
        hidden, y, k = expansion * x.shape[1], x, 0
        if expansion > 1:
            y, k = F.relu6(self.layer(y, f"{name}.0.0", f"{name}.0.1", hidden)), 1
        y = F.relu6(self.layer(y, f"{name}.{k}.0", f"{name}.{k}.1", hidden, 3, stride, groups=hidden))
        y = self.layer(y, f"{name}.{k + 1}", f"{name}.{k + 2}", out)
        return x + y if stride == 1 and out == x.shape[1] else y


def training_pass(network, x, momentum):
    network.momentum = momentum
    features = network.features(x)
    network.momentum = 0
    return features


def main():
    table = {}
    for name, make in (("resnet50", ResNet50), ("mobilenet_v2", MobileNetV2)):
        network = make()
        table[f"{name}.stored"] = network.features(images())
        training_pass(network, images(), 1)
        table[f"{name}.recalibrated"] = network.features(images())

    network = MobileNetV2()
    table["stimuli.imagenet"] = network.features(stimuli())
    table["stimuli.live"] = training_pass(network, stimuli(), 0.1)
    table["stimuli.live.after"] = network.features(stimuli())
    network = MobileNetV2()
    training_pass(network, stimuli()[:-1], 1)
    table["stimuli.recalibrated"] = network.features(stimuli())
    save_file({name: np.ascontiguousarray(f.numpy()[:, ::EVERY]).astype(np.float32) for name, f in table.items()}, sys.argv[1])


main()
