#include "families/nback/transfer.hpp"

#include <algorithm>

#include "tsd/error.hpp"
#include "tsd/io/hdf5.hpp"

namespace tsd::nback {

namespace {

void check_features(const Hdf5Reader& results, const std::string& file, Standardize standardize) {
  if (!results.exists("/stimuli") || !results.has_attribute("/stimuli", "standardize")) return;
  const std::string theirs = results.text_attribute("/stimuli", "standardize");
  if (theirs != name_of(standardize))
    throw DataError(file + ": /stimuli: init_from: expected features like this run's, backbone.standardize " +
                    name_of(standardize) + ", got " + theirs);
}

}  // namespace

Arrays started_from(const std::filesystem::path& directory, Standardize standardize, Arrays fresh) {
  const auto file = directory / "results.h5";
  const Hdf5Reader results(file);
  check_features(results, file.string(), standardize);
  const std::string group = results.exists("/model/best") ? "/model/best/" : "/model/last/";
  bool taken = false;
  for (Array& array : fresh) {
    if (array.name.starts_with("classifier") || !results.exists(group + array.name)) continue;
    Array other = results.dataset(group + array.name);
    if (other.shape != array.shape || other.dtype != array.dtype)
      throw DataError(file.string() + ": " + group + array.name +
                      ": init_from: expected a model like this one, " + to_string(array.shape) + ", got " +
                      to_string(other.shape));
    array.bytes = std::move(other.bytes);
    taken = true;
  }
  if (!taken) throw DataError(file.string() + ": init_from: expected the weights of an N-back run, got none");
  return fresh;
}

}  // namespace tsd::nback
