#include "families/layered/model/network.hpp"
#include "light/absent.hpp"

namespace tsd::layered {

std::unique_ptr<Network> torch_network(const ModelSpec&, const Arrays&, const std::string&, TorchGenerator*,
                                       std::uint64_t) {
  light::absent();
}

}  // namespace tsd::layered
