#include "families/microcircuit/model/group.hpp"

namespace tsd::microcircuit {

std::unique_ptr<Group> cpu_group(const Layout& layout, std::vector<Member> members) {
  if (members.front().circuit->version == Version::phased) return phased_group(layout, members.front());
  return native_group(layout, std::move(members));
}

int cpu_lanes(Version version) { return version == Version::phased ? 1 : native_lanes(); }

}  // namespace tsd::microcircuit
