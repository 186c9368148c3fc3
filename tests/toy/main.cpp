// tsd with the toy as its only family.
#include <array>

#include "toy/toy.hpp"
#include "tsd/cli/app.hpp"

int main(int argc, char** argv) {
  static const std::array families = {
      tsd::toy::family(),
  };
  return tsd::run_app(argc, argv, families, tsd::Accelerator());
}
