// Participants who are simulated together: the one interface of the two implementations, the native one and
// the plain one in LibTorch.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "families/dual_stream/native/kernel.hpp"

namespace tsd::dual_stream {

// What one participant is shown.
struct Presentation {
  std::vector<float> x;                   // [trial, D]
  std::vector<std::int32_t> label, item;  // [trial]
  std::vector<float> dropout;  // [trial, unit of the hidden layers from the second on]: factors; or empty
};

struct Outcome {
  std::vector<float> values;     // [trial, values_per_trial]: in the order of Value
  std::vector<float> attention;  // [D] of clustering and multiunit: as the last trial used it
};

class Group {
 public:
  virtual ~Group() = default;
  virtual void load(std::size_t member, std::span<const float> state) = 0;
  virtual std::vector<float> save(std::size_t member) const = 0;
  virtual std::vector<float> read_fast(std::size_t member, const Slot& slot) const = 0;  // of the fast stream
  // As many trials for each member.
  virtual std::vector<Outcome> run(const Pass& pass, std::span<const Presentation> presentations) = 0;
};

// At most kernel_lanes() members; so many go together best.
std::size_t members_together(const ModelSpec& model, const Layout& layout);
std::unique_ptr<Group> native_group(const ModelSpec& model, const Layout& layout, std::size_t members);
std::unique_ptr<Group> torch_group(const ModelSpec& model, const Layout& layout, std::size_t members,
                                   const std::string& device);

}  // namespace tsd::dual_stream
