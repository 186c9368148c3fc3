// Where the two versions of the model part, but for the Euler step itself (microcircuit.md 2.2 to 2.4, 3.12).
#pragma once

namespace tsd::microcircuit {

enum class Version { current, phased };  // noise in all layers at once; in one layer after the other

struct VersionFacts {
  bool shuffles;        // samples, before every epoch
  bool holds_targets;   // over a presentation, as the teacher ends it; else a target per step
  bool teacher_ranges;  // of initial weights; else those of students
  bool freezes_WPP;     // in bw_only
  bool shares_noise;  // all students go on with the generator that drew the input (rng: reference, quirk Q19)
  bool apical_delay;  // noise acts a step later, and BPI learns from the apical potential of the step before
};

inline constexpr VersionFacts kCurrent = {.shuffles = true,
                                          .holds_targets = true,
                                          .teacher_ranges = true,
                                          .freezes_WPP = true,
                                          .shares_noise = false,
                                          .apical_delay = true};
inline constexpr VersionFacts kPhased = {.shuffles = false,
                                         .holds_targets = false,
                                         .teacher_ranges = false,
                                         .freezes_WPP = false,
                                         .shares_noise = true,
                                         .apical_delay = false};

constexpr const VersionFacts& facts_of(Version version) {
  return version == Version::phased ? kPhased : kCurrent;
}

}  // namespace tsd::microcircuit
