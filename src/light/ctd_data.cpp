#include "families/ctd_data/backend.hpp"
#include "light/absent.hpp"

namespace tsd::ctd_data {

std::unique_ptr<Backend> torch_backend(const Config&, const ModelSpec&, const std::string&) {
  light::absent();
}

}  // namespace tsd::ctd_data
