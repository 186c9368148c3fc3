// What a linear readout of activity finds, fitted on the first half of the rows and tried on the second.
#pragma once
#include <span>

namespace tsd::plastic {

// Area under the ROC curve of a least-squares discriminant of labels 0 and 1: 1/2 is chance. NaN where a half
// lacks one of the labels. `activity`: [labels.size(), width].
double decoded_label(std::span<const float> activity, int width, std::span<const float> labels);

// R^2 of ridge regression. NaN where the values of a half are all the same.
double decoded_value(std::span<const float> activity, int width, std::span<const float> values);

// Share of pairs of a row of label 1 and one of label 0 in which the first scores higher; ties count half.
double area_under_roc(std::span<const float> scores, std::span<const float> labels);

}  // namespace tsd::plastic
