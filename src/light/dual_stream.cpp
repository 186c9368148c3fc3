#include "families/dual_stream/model/group.hpp"
#include "light/absent.hpp"

namespace tsd::dual_stream {

std::unique_ptr<Group> torch_group(const ModelSpec&, const Layout&, std::size_t, const std::string&) {
  light::absent();
}

}  // namespace tsd::dual_stream
