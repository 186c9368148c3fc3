// Continual scene detection with fast Hebbian weights, additive and multiplicative, whose rates are learned
// by gradient descent. After HebbFF (Tyulmankov, Yang & Abbott 2022, doi:10.1016/j.neuron.2021.11.009) and
// MPN (Aitken & Mihalas 2023, doi:10.7554/eLife.83035).
#pragma once
#include "tsd/engine/experiment.hpp"

namespace tsd::plastic {
Family family();
}
