// Convolution, pool and two dense layers, all rules, against the original's layers (layered.md 8.3 C).
#include "families/layered/fixture.hpp"

namespace tsd::layered {
namespace {

using namespace test;

Config convolutional(Rule rule) {
  Config c;
  c.task = Task::classification;
  c.rule = rule;
  c.input = {3, 8, 8};
  c.layers = {"convolution", "pool", "dense", "dense"};
  c.units = {2, 0, 4, 3};
  c.activation = {"logistic", "linear", "logistic", "linear"};
  c.kernel = 3;
  c.loss = Loss::mse;
  c.batch_size = 2;
  c.n_updates = 20;
  c.lr_factors = {5, 0, 2, 0.2};
  c.pal = {{0, 0, 10, 10}, {0, 0, 5e-5, 5e-5}, {0, 0.05, 0.05, 0.05}, 10, 10, 0};
  return c;
}

struct Row {
  int step;
  std::vector<double> output, kernel;
  double kernel_bias;
  std::vector<double> W_flat, W_out, B_flat = {}, B_out = {};
};

void check_rows(Rule rule, const std::vector<Row>& rows) {
  const OneStream net(convolutional(rule), 1);
  std::vector<float> x;
  for (int b = 0; b < 2; ++b)
    for (int c = 0; c < 3; ++c)
      for (int r = 0; r < 8; ++r)
        for (int q = 0; q < 8; ++q)
          x.push_back(static_cast<float>((5 * b + 3 * c + 2 * r + 7 * q) % 13) / 6 - 1);
  net.network->show(x, std::vector<float>{1, 0, 0, 0, 0, 1});
  check_front(net.parameter("W_1"), {-0.07627979666, -0.03751159087});
  check_front(net.parameter("b_1"), {0.05560134724, 0.1108717993});
  int done = 0;
  for (const Row& row : rows) {
    CAPTURE(rule, row.step);
    net.run(row.step - done);
    done = row.step;
    check_front(net.output(), row.output);
    check_front(net.parameter("W_1"), row.kernel);
    check_front(net.parameter("b_1"), {row.kernel_bias});
    check_front(net.parameter("W_3"), row.W_flat);
    check_front(net.parameter("W_4"), row.W_out);
    if (!row.B_flat.empty()) check_front(net.parameter("B_3"), row.B_flat);
    if (!row.B_out.empty()) check_front(net.parameter("B_4"), row.B_out);
  }
}

}  // namespace

TEST_CASE("layered convolution: twenty steps of all rules", "[layered]") {
  const std::vector<double> kernel = {-0.07627979666, -0.03751159087};
  const Row first = {1,
                     {0.08133941889, -0.06261021644, 0.1123699993},
                     kernel,
                     0.05560134724,
                     {-0.07251932472, -0.0590107739},
                     {0.01265557576, -0.08000351489}};
  check_rows(Rule::BP, {first,
                        {5,
                         {0.0712229684, -0.1067773402, 0.2384797484},
                         {-0.0768557936, -0.03758641332},
                         0.0555835329,
                         {-0.07170385122, -0.05694078654},
                         {0.01960228942, -0.07844385505}},
                        {20,
                         {0.1714808941, -0.08211289346, 0.3070534468},
                         {-0.07955110818, -0.03736386821},
                         0.05555352196,
                         {-0.0675785616, -0.04800587147},
                         {0.04283479974, -0.0726556778}}});
  check_rows(Rule::FA, {{20,
                         {0.1915895492, 0.03067826107, 0.2205373943},
                         {-0.07508828491, -0.0379810743},
                         0.05556979775,
                         {-0.07070922852, -0.05632767081},
                         {-0.01710966416, 0.02398651093}}});
  Row direct = first;
  direct.kernel = {-0.07285135984, -0.02870835923};
  direct.kernel_bias = 0.05525249988;
  check_rows(Rule::DFA, {direct,
                         {20,
                          {0.1712559462, -0.08280959725, 0.30449301},
                          {-0.005345113575, 0.1076658145},
                          0.05008787289,
                          {-0.06761673838, -0.05315703154},
                          {0.0429774113, -0.07261716574}}});
  check_rows(Rule::PAL, {{1,
                          {0.01485029235, -0.0834652707, -0.03788105771},
                          kernel,
                          0.05560134724,
                          {-0.06816336513, -0.04916098341},
                          {-0.04498014599, 0.02656382881}},
                         {5,
                          {0.06891291589, -0.04356274754, 0.06022116542},
                          {-0.07626006752, -0.03747360408},
                          0.05559593812,
                          {-0.06981061399, -0.04981408641},
                          {-0.03734922037, 0.02771653794}},
                         {20,
                          {0.08922181278, 0.02125868574, 0.1683214903},
                          {-0.07538027316, -0.03789217025},
                          0.0555392541,
                          {-0.08010670543, -0.05376796052},
                          {-0.0108017493, 0.03025064059},
                          {-0.0257109981, -0.02347490005},
                          {-0.07623561472, -0.05387233943}}});
}

}  // namespace tsd::layered
