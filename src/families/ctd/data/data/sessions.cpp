#include "families/ctd/data/data/sessions.hpp"

#include <limits>

#include "tsd/error.hpp"
#include "tsd/math/regression.hpp"

namespace tsd::ctd_data {

namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::size_t index(std::int64_t i) { return static_cast<std::size_t>(i); }

Sessions parts_of(const std::vector<Recording>& all, Extents& extents) {
  Sessions sessions;
  int in = 0, out = 0;
  for (const Recording& r : all) in += r.extents.N_in, out += r.extents.N_all - r.extents.N_in;
  extents.N_in = in, extents.N_all = in + out;
  int first_in = 0, first_out = in;
  for (const Recording& r : all) {
    const int n_in = r.extents.N_in, n_out = r.extents.N_all - n_in;
    sessions.parts.push_back({first_in, first_in + n_in, first_out, first_out + n_out});
    first_in += n_in, first_out += n_out;
    const math::Columns counts(r.train.encod, n_in);
    sessions.mean.insert(sessions.mean.end(), counts.mean.begin(), counts.mean.end());
  }
  return sessions;
}

// Rows of `width` numbers into rows of `wide`, `filler` elsewhere: the first `split` numbers to `first`, others to
// `second`.
void spread(const std::vector<float>& from, int width, int split, int wide, int first, int second,
            float filler, std::vector<float>& to) {
  for (std::size_t k = 0; k < from.size(); k += index(width)) {
    const auto row = to.size();
    to.resize(row + index(wide), filler);
    for (int n = 0; n < width; ++n)
      to[row + index(n < split ? first + n : second + n - split)] = from[k + index(n)];
  }
}

void append(const Trials& some, int session, const Extents& own, const Extents& all, const Sessions& sessions,
            Trials& to) {
  const Sessions::Part& part = sessions.parts[index(session)];
  to.n += some.n;
  spread(some.encod, own.N_in, own.N_in, all.N_in, part.in_begin, 0, 0, to.encod);
  spread(some.recon, own.N_all, own.N_in, all.N_all, part.in_begin, part.out_begin, kMissing, to.recon);
  to.inputs.insert(to.inputs.end(), some.inputs.begin(), some.inputs.end());
  to.lengths.insert(to.lengths.end(), some.lengths.begin(), some.lengths.end());
  to.session.insert(to.session.end(), index(some.n), session);
}

std::string text(const Extents& e) {
  return std::to_string(e.T) + " steps, " + std::to_string(e.encoded()) + " of them encoded, " +
         std::to_string(e.U) + " inputs";
}

}  // namespace

Recording joined(std::vector<Recording> all, const std::vector<std::string>& files) {
  for (std::size_t k = 1; k < all.size(); ++k)
    if (text(all[k].extents) != text(all[0].extents))
      throw DataError(files[k] + ": expected trials as those of " + files[0] + ", " + text(all[0].extents) +
                      ", got " + text(all[k].extents));
  Recording r;
  r.extents = all[0].extents;
  r.padded = all[0].padded;
  r.sha256 = all[0].sha256;
  const auto sessions = std::make_shared<const Sessions>(parts_of(all, r.extents));
  for (Trials Recording::*side : {&Recording::train, &Recording::valid, &Recording::test}) {
    for (std::size_t k = 0; k < all.size(); ++k)
      append(all[k].*side, static_cast<int>(k), all[k].extents, r.extents, *sessions, r.*side);
    (r.*side).sessions = sessions;
  }
  r.of_training = r.train.n;
  return r;
}

}  // namespace tsd::ctd_data
