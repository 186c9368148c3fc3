// Families whose hot loop exists twice: as plain LibTorch, on any device, and as vector code on the CPU.
#pragma once
#include <string>

#include "tsd/engine/schema/schema.hpp"

namespace tsd {

enum class BackendChoice { automatic, torch, native };

// The field `backend`.
void describe_backend(Schema& schema, BackendChoice& choice);

// auto: native on the CPU, else LibTorch. UsageError for native on another device.
bool runs_native(BackendChoice choice, const std::string& device);

}  // namespace tsd
