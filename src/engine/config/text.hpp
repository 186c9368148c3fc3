// Words for error messages.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsd::config {

std::string shortened(std::string_view text);  // one printable line of at most 60 characters
std::string joined(const std::vector<std::string>& words, const std::string& separator);

// The candidate that `word` most likely was meant to be; empty if none is near. Near: at most one edit per
// three letters, an edit being an insertion, deletion, substitution or exchange of neighbours; case does not
// count.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace tsd::config
