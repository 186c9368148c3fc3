#include "families/nback/data/features/feature_cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <optional>

#include "families/nback/data/features/backbone_weights.hpp"
#include "tsd/engine/run/log.hpp"
#include "tsd/error.hpp"
#include "tsd/io/safetensors.hpp"

namespace tsd::nback {
namespace fs = std::filesystem;

namespace {

// Waits for its turn. Where the file system offers no lock, or is read-only, there is none: two runs may then
// compute the same features, and the files still appear whole.
class Turn {
 public:
  explicit Turn(const fs::path& file)
      : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    log_info("waiting for another run that computes features");
    ::flock(descriptor_, LOCK_EX);
  }
  ~Turn() {
    if (descriptor_ >= 0) ::close(descriptor_);  // and with it the lock
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  int descriptor_;
};

std::optional<Array> stored(const fs::path& file, std::int64_t S) {
  if (!fs::exists(file)) return std::nullopt;
  try {
    Array features = find(read_safetensors(file, Checksum::required).arrays, "features", file.string());
    if (features.dtype == DType::f32 && features.shape.size() == 2 && features.shape[0] == S) return features;
    throw DataError(file.string() + ": features: expected f32 [" + std::to_string(S) + ", F], got " +
                    std::string(name_of(features.dtype)) + " " + to_string(features.shape));
  } catch (const DataError& error) {
    log_warning(std::string(error.what()) + "; computing the features anew");
    return std::nullopt;
  }
}

}  // namespace

Array cached_features(const std::string& key, std::int64_t S, const std::function<Array()>& compute) {
  const fs::path file = cache_directory() / "features" / (key + ".safetensors");
  if (auto found = stored(file, S)) return *found;

  std::error_code ignored;  // a folder that can't be made shows when the file is written
  fs::create_directories(file.parent_path(), ignored);
  const Turn turn(file.parent_path() / "lock");
  if (auto found = stored(file, S)) return *found;

  Array features = compute();
  features.name = "features";
  try {
    write_safetensors(file, {{features}, {}});
  } catch (const UserError& error) {
    log_warning("features are not kept for the next run: " + std::string(error.what()));
  }
  return features;
}

}  // namespace tsd::nback
