#include "tsd/engine/backend_choice.hpp"

#include "tsd/error.hpp"

namespace tsd {

void describe_backend(Schema& schema, BackendChoice& choice) {
  schema.choice("backend", choice,
                {{"auto", BackendChoice::automatic},
                 {"torch", BackendChoice::torch},
                 {"native", BackendChoice::native}},
                "plain LibTorch or the vector kernel; auto: native on CPU, torch on CUDA");
}

bool runs_native(BackendChoice choice, const std::string& device) {
  if (choice == BackendChoice::native && device != "cpu")
    throw UsageError("backend: native runs on the CPU only; expected device cpu, got " + device);
  return choice == BackendChoice::native || (choice == BackendChoice::automatic && device == "cpu");
}

}  // namespace tsd
