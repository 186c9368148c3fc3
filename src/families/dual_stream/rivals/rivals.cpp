#include "families/dual_stream/rivals/rival.hpp"

namespace tsd::dual_stream {

const std::vector<RivalFacts>& rivals() {
  static const std::vector<RivalFacts> all = {gcm(),     alcove(),           alcove_er(),
                                              sustain(), sustain_catlearn(), rational()};
  return all;
}

std::vector<std::vector<double>> published_parameters() {
  std::vector<std::vector<double>> all;
  for (const RivalFacts& facts : rivals()) {
    all.emplace_back();
    for (const RivalParameter& parameter : facts.parameters) all.back().push_back(parameter.value);
  }
  return all;
}

}  // namespace tsd::dual_stream
