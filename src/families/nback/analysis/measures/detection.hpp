// Answers to matches and non-matches in the terms of signal detection (nback.md 12).
#pragma once

namespace tsd::nback {

// Matches, and how many were answered with match (hits); non-matches, and how many were (false alarms).
struct Detection {
  double matches = 0, hits = 0, non_matches = 0, alarms = 0;

  void add(bool is_match, bool says_match) {
    (is_match ? matches : non_matches) += 1;
    (is_match ? hits : alarms) += says_match;
  }
  Detection& operator+=(const Detection& other);

  // NaN without trials.
  double hit_rate() const;
  double alarm_rate() const;
  // d' = z(H) - z(F) and c = -(z(H) + z(F)) / 2, z = math::z_of_share of hits and alarms, finite. c > 0: match
  // is said too rarely. NaN without trials of either kind.
  double d_prime() const;
  double criterion() const;
};

}  // namespace tsd::nback
