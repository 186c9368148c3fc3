// Features of a set of images, computed once for all runs: <cache>/features/<key>.safetensors.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "tsd/io/array.hpp"

namespace tsd::nback {

// The array "features" [S, F] stored under `key`, or what compute() gives, stored for the next run. `key` is
// a digest of all that determines the features. One run computes at a time, those beside it (threads or
// processes) wait for its result. A damaged entry is computed anew and a cache that can't be written is done
// without, both with a warning.
Array cached_features(const std::string& key, std::int64_t S, const std::function<Array()>& compute);

}  // namespace tsd::nback
