// A hundred steps of the published autoencoder with made images, against the original's layers (layered.md 8.3 B).
#include "families/layered/fixture.hpp"

namespace tsd::layered {
namespace {

using namespace test;

struct Row {
  int step;
  std::vector<double> r1, z, r4, W1, W4;
  double mse;
  std::vector<double> B2 = {}, B4 = {};
};

std::vector<float> images() {
  std::vector<float> x;
  for (int b = 0; b < 32; ++b)
    for (int j = 0; j < 784; ++j) x.push_back(static_cast<float>((37 * b + 11 * j) % 256) / 255);
  return x;
}

void check_rows(Rule rule, const std::vector<Row>& rows) {
  const OneStream net(mnist_net(rule), 11);
  const auto x = images();
  net.network->show(x, x);
  int done = 0;
  for (const Row& row : rows) {
    CAPTURE(rule, row.step);
    net.run(row.step - done);
    done = row.step;
    check_front(net.network->rates(1), row.r1);
    check_front(net.network->rates(2), row.z);
    check_front(net.output(), row.r4);
    check_front(net.parameter("W_1"), row.W1);
    check_front(net.parameter("W_4"), row.W4);
    double squares = 0;
    const auto output = net.output();
    for (std::size_t i = 0; i < x.size(); ++i) squares += std::pow(double{x[i]} - output[i], 2);
    CHECK(std::abs(squares / static_cast<double>(x.size()) - row.mse) < 1e-6);
    if (!row.B2.empty()) check_front(net.parameter("B_2"), row.B2);
    if (!row.B4.empty()) check_front(net.parameter("B_4"), row.B4);
  }
}

}  // namespace

TEST_CASE("layered autoencoder: a hundred steps of BP, FA and PAL", "[layered]") {
  const std::vector<double> W1 = {-0.02553987876, 0.05141359195};
  check_rows(Rule::BP, {{1,
                         {0.4746274948, -0.2498269975},
                         {-0.004887876101, 0.08591771126},
                         {-0.05007276684, -0.03532312065},
                         W1,
                         {0.0298692435, -0.03100738861},
                         0.3362770081},
                        {100,
                         {0.4263195097, -0.2661797106},
                         {-0.008792921901, -0.2169838846},
                         {-0.04387354106, -0.08005940914},
                         {-0.02563853003, 0.05138556659},
                         {0.0301877372, -0.03064109199},
                         0.3286301494}});
  check_rows(Rule::FA, {{1,
                         {0.5399544835, -0.2437924594},
                         {-0.02714992315, -0.008438288234},
                         {-0.0791465193, -0.06298812479},
                         W1,
                         {-0.09401591867, -0.07784046233},
                         0.3362827599},
                        {100,
                         {0.5727891922, -0.2440942973},
                         {-0.2259100229, 0.134676218},
                         {-0.05451786518, -0.03840789944},
                         {-0.02544397116, 0.05141801015},
                         {-0.09412333369, -0.07795453817},
                         0.3319401145}});
  check_rows(Rule::PAL, {{1,
                          {0.4761841297, -0.253611505},
                          {-0.03475910798, -0.06637482345},
                          {0.02827252261, 0.07446648926},
                          W1,
                          {-0.09401591867, -0.07784046233},
                          0.3384544849,
                          {0.003040074604, 0.02622409724},
                          {-0.03702915832, 0.05402747914}},
                         {10,
                          {0.4835525751, -0.2497173697},
                          {0.06738074124, 0.02196880616},
                          {0.03278130293, 0.1122254878},
                          {-0.02553845942, 0.05141294003},
                          {-0.0940195173, -0.07784359902},
                          0.3388945162},
                         {100,
                          {0.4742371738, -0.2472328097},
                          {0.08048900962, -0.1162761599},
                          {0.02465029061, 0.1189219207},
                          {-0.02551764436, 0.05140466243},
                          {-0.09403476864, -0.07785472274},
                          0.3338835537,
                          {0.002892362885, 0.02622989565},
                          {-0.03701619804, 0.05398295075}}});
}

}  // namespace tsd::layered
