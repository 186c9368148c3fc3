// LibTorch's normal distribution, behind a line.
#pragma once

namespace tsd::plastic {

double normal_quantile(double p);  // inverse of the standard normal distribution

}  // namespace tsd::plastic
