#include "families/microcircuit/group.hpp"
#include "light/absent.hpp"

namespace tsd::microcircuit {

std::unique_ptr<Group> torch_group(const Layout&, std::vector<Member>, const std::string&) {
  light::absent();
}

}  // namespace tsd::microcircuit
