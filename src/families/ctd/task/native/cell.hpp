// The recurrent part of each model on plain memory.
#pragma once
#include "families/ctd/task/model/model.hpp"
#include "tsd/nn/cell.hpp"

namespace tsd::ctd_task {

using math::Buffer, nn::Cell, math::Form, nn::Matrices, math::Matrix, nn::Parameters, nn::Weight;
using nn::add_column_sums, nn::add_to_rows;

std::unique_ptr<Cell> make_cell(const ModelSpec& spec);

}  // namespace tsd::ctd_task
