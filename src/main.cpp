#include "tsd/cli/app.hpp"
#include "tsd/families/families.hpp"
#include "tsd/nn/accelerator.hpp"

int main(int argc, char** argv) { return tsd::run_app(argc, argv, tsd::families(), tsd::nn::accelerator()); }
