// The recurrent part of each model on plain memory.
#pragma once
#include "families/ctd_task/model.hpp"
#include "tsd/nn/cell.hpp"

namespace tsd::ctd_task {

using nn::add_column_sums, nn::add_to_rows;
using nn::Buffer, nn::Cell, nn::Form, nn::Matrices, nn::Matrix, nn::Parameters, nn::Weight;

std::unique_ptr<Cell> make_cell(const ModelSpec& spec);

}  // namespace tsd::ctd_task
