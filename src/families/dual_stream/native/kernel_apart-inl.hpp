// Streams in which the units that answer depend on all of them: each participant has its own memory, and the lanes
// take their turns.
#if defined(TSD_DUAL_STREAM_APART_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef TSD_DUAL_STREAM_APART_INL
#undef TSD_DUAL_STREAM_APART_INL
#else
#define TSD_DUAL_STREAM_APART_INL
#endif

#include <algorithm>
#include <any>
#include <span>
#include <vector>

#include "families/dual_stream/model/top_units.hpp"
#include "families/dual_stream/native/kernel_lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace tsd::dual_stream::HWY_NAMESPACE {

// Where all logits are 0, nothing is answered.
inline bool is_answered(const float* z, int K, int label) {
  return std::max_element(z, z + K) - z == label &&
         std::any_of(z, z + K, [](float value) { return value != 0; });
}

// Of those that won, in use or not; who has no votes yet votes for class 0.
template <class VotesOf>
int wrong_winners(const std::vector<Scored>& winners, int K, int label, const VotesOf& votes_of) {
  return static_cast<int>(std::ranges::count_if(winners, [&](const Scored& winner) {
    const float* votes = votes_of(winner);
    return std::max_element(votes, votes + K) - votes != label;
  }));
}

template <class Member>
class Apart {
 public:
  Apart(const ModelSpec& model, const Layout& layout, const Block& block, float*)
      : f_(model.fast),
        members_(kept_members(model, layout, block)),
        one_(static_cast<std::size_t>(f_.D + f_.K)),
        shown_(Member::kShowsFirstAnswer ? static_cast<std::size_t>(f_.K) * lanes() : 0) {}

  V forward(const float* x, V label, const std::int32_t* item, bool recruits, bool first, float* z) {
    HWY_ALIGN float labels[kMostLanes], count[kMostLanes] = {};
    hn::Store(label, F(), labels);
    for (std::size_t lane = 0; lane < lanes(); ++lane) {
      const std::size_t member =
          std::min(lane, members_.size() - 1);  // lanes left over show the last one's z
      if (lane == member) {
        gather(x, f_.D, lane, one_.data());
        count[lane] = static_cast<float>(members_[member].forward(one_.data(), static_cast<int>(labels[lane]),
                                                                  static_cast<std::size_t>(item[lane]),
                                                                  recruits, first, &one_[at(f_.D)]));
      }
      scatter(&one_[at(f_.D)], lane, z);
      if constexpr (Member::kShowsFirstAnswer) scatter(members_[member].first_answer(), lane, shown_.data());
    }
    return hn::Load(F(), count);
  }

  const float* shown(const float* z) const { return Member::kShowsFirstAnswer ? shown_.data() : z; }

  void learn(const float* x, const float* dz) {
    for (std::size_t lane = 0; lane < members_.size(); ++lane) {
      gather(x, f_.D, lane, one_.data());
      gather(dz, f_.K, lane, &one_[at(f_.D)]);
      members_[lane].learn(one_.data(), &one_[at(f_.D)]);
    }
  }

  void note_attention(float* attention) const {
    for (std::size_t lane = 0; lane < members_.size(); ++lane) {
      const std::span<const float> used = members_[lane].used_attention();
      for (std::size_t m = 0; m < used.size(); ++m) attention[m * lanes() + lane] = used[m];
    }
  }

 private:
  static std::vector<Member>& kept_members(const ModelSpec& model, const Layout& layout, const Block& block) {
    if (!block.kept->has_value()) {
      auto& members = block.kept->emplace<std::vector<Member>>();
      for (int i = 0; i < block.members; ++i)
        members.emplace_back(model.fast, layout, block.fast + at(i) * layout.fast_size);
    }
    return std::any_cast<std::vector<Member>&>(*block.kept);
  }

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  static void gather(const float* from, int count, std::size_t lane, float* to) {
    for (int i = 0; i < count; ++i) to[i] = from[at(i) * lanes() + lane];
  }
  void scatter(const float* from, std::size_t lane, float* to) const {
    for (int k = 0; k < f_.K; ++k) to[at(k) * lanes() + lane] = from[k];
  }

  const Fast& f_;
  std::vector<Member>& members_;
  std::vector<float> one_;    // x and z of one member
  std::vector<float> shown_;  // logits that count for the curves, where they are not those that teach
};

}  // namespace tsd::dual_stream::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
