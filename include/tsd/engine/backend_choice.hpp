// Families whose hot loop exists twice: as plain LibTorch, on any device, and as vector code on the CPU.
#pragma once
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd {

enum class BackendChoice { automatic, torch, native };

// The field `backend`.
void describe_backend(Schema& schema, BackendChoice& choice);

// auto: native on the CPU, else LibTorch.
bool runs_native(BackendChoice choice, const std::string& device);

// For a configuration's cpu_alone(): of native "backend: native", else empty.
std::string cpu_alone(BackendChoice choice);

}  // namespace tsd
