#include "families/nback/data/stimuli/shapes/shape_grammar.hpp"

#include <algorithm>
#include <cstdlib>

#include "families/nback/data/stimuli/render.hpp"
#include "families/nback/data/task.hpp"
#include "support/catch.hpp"

using namespace tsd;
using namespace tsd::nback;

TEST_CASE("shape grammar: deterministic, and the seed matters", "[shapes]") {
  for (const auto& category : kGrammarCategories) {
    const Mesh a = grammar_object(category, 7, 1), b = grammar_object(category, 7, 1),
               c = grammar_object(category, 7, 2);
    REQUIRE(a.vertices.size() == b.vertices.size());
    bool same_as_b = true, same_as_c = a.vertices.size() == c.vertices.size();
    for (std::size_t i = 0; i < a.vertices.size(); ++i) {
      same_as_b &= norm(a.vertices[i] - b.vertices[i]) == 0;
      same_as_c = same_as_c && norm(a.vertices[i] - c.vertices[i]) == 0;
    }
    CHECK(same_as_b);
    CHECK_FALSE(same_as_c);
  }
}

TEST_CASE("shape grammar: fifty identities fit the camera and don't clip to white", "[shapes]") {
  for (const auto& category : kGrammarCategories)
    for (int i = 0; i < 50; ++i) {
      INFO(category << " " << i);
      const Mesh mesh = grammar_object(category, i, 1);
      for (const Vec3 v : mesh.vertices) REQUIRE(norm(v) < 3);
      const Image image = render(mesh, 0);
      const auto [least, most] = std::minmax_element(image.pixels.begin(), image.pixels.end());
      REQUIRE(int(*least) == 0);
      REQUIRE(int(*most) > 100);
      REQUIRE(int(*most) <= 216);
    }
}

TEST_CASE("shape grammar: the identities of a category differ at every angle", "[shapes]") {
  for (const auto& category : kGrammarCategories)
    for (int angle = 0; angle < kAngles; ++angle) {
      std::vector<Image> images;
      for (int i = 0; i < 18; ++i) images.push_back(render(grammar_object(category, i, 1), angle));
      for (std::size_t a = 0; a < images.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
          // Mean absolute difference where either object is: rounding alone would make it less than 1.
          std::int64_t difference = 0, lit = 0;
          for (std::size_t i = 0; i < images[a].pixels.size(); ++i) {
            difference += std::abs(int(images[a].pixels[i]) - int(images[b].pixels[i]));
            lit += images[a].pixels[i] > 0 || images[b].pixels[i] > 0;
          }
          if (difference < 12 * lit)
            FAIL(category << ", angle " << angle << ": " << a << " and " << b << " differ by only "
                          << double(difference) / double(lit));
        }
    }
}
