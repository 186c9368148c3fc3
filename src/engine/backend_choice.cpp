#include "tsd/engine/backend_choice.hpp"

namespace tsd {

void describe_backend(Schema& schema, BackendChoice& choice) {
  schema.choice("backend", choice,
                {{"auto", BackendChoice::automatic},
                 {"torch", BackendChoice::torch},
                 {"native", BackendChoice::native}},
                "plain LibTorch or the vector kernel; auto: native on CPU, torch on CUDA");
}

bool runs_native(BackendChoice choice, const std::string& device) {
  return choice == BackendChoice::native || (choice == BackendChoice::automatic && device == "cpu");
}

std::string cpu_alone(BackendChoice choice) {
  return choice == BackendChoice::native ? "backend: native" : "";
}

}  // namespace tsd
