#include "data/measure/regions.h"

#include <algorithm>

#include "data/io/read.h"
#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

using data::head_regions;
using data::Region;
using data::Regions;
using data::Section;

void add(std::vector<Section>& stack, int count, Section section) {
  for (int i = 0; i < count; ++i) stack.push_back(section);
}

/// A head from the chin up, 5 mm a section.
std::vector<Section> made_up_head() {
  std::vector<Section> s;
  add(s, 6, {90, 0.10, 0.01});   // jaw
  add(s, 8, {100, 0.20, 0.10});  // sinuses, nose, mastoids
  add(s, 9, {100, 0.15, 0.01});  // brain
  add(s, 3, {60, 0.45, 0.01});   // vault cut flat
  add(s, 2, {20, 0.02, 0.02});   // scalp
  return s;
}

std::string text_of(const Regions& r) {
  std::string text;
  for (const Region& p : r.parts) {
    text += p.name + " " + std::to_string(p.first) + "-" + std::to_string(p.last) + "; ";
  }
  return text;
}

/// Whether the parts cover the stack, each slice once.
bool covers(const Regions& r, nn::index count) {
  nn::index next = 0;
  for (const Region& p : r.parts) {
    if (p.first != next || p.last < p.first) return false;
    next = p.last + 1;
  }
  return next == count;
}

std::vector<Section> sections_of(const data::Volume& v) {
  std::vector<Section> s;
  for (nn::index k = 0; k < v.slices(); ++k) s.push_back(data::section_of(v.slice(k)));
  return s;
}

}  // namespace

TEST_CASE("a section by hand") {
  // A ring of 3 x 3 in air: one pixel of bone, one of gas inside.
  nn::Tensor slice = nn::Tensor::full({1, 5, 5, 1}, -1000);
  for (const nn::index i : {6, 7, 8, 11, 13, 16, 17, 18}) slice.data()[i] = 40;
  slice.data()[7] = 900;
  const Section s = data::section_of(slice);  // the hole at 12 counts as body
  CHECK(s.area == 9);
  CHECK(s.bone == Approx(1.0 / 9.0));
  CHECK(s.air == Approx(1.0 / 9.0));
  const Section none = data::section_of(nn::Tensor::full({1, 5, 5, 1}, -1000));
  CHECK(none.area == 0);
  CHECK(none.bone == 0);
}

TEST_CASE("the rule finds the parts of a head, whichever way it lies") {
  std::vector<Section> stack = made_up_head();
  // Air is averaged over one section to each side: 0.04 just outside of the sinuses, which is their
  // border of 0.4 times the peak.
  const Regions up = head_regions(stack, 5);
  CHECK(up.head);
  CHECK(text_of(up) == "face 0-5; skull base 6-13; brain 14-22; vertex 23-27; ");
  std::reverse(stack.begin(), stack.end());
  CHECK(text_of(head_regions(stack, 5)) ==
        "vertex 0-4; brain 5-13; skull base 14-21; face 22-27; ");
  std::reverse(stack.begin(), stack.end());
  CHECK(data::region_of(up, 5).name == "face");
  CHECK(data::region_of(up, 6).name == "skull base");
  CHECK_THROWS_AS(data::region_of(up, 28), nn::Error);
}

TEST_CASE("a head that ends above the skull base has vertex and brain only") {
  const std::vector<Section> whole = made_up_head();
  const Regions r = head_regions(std::span(whole).subspan(15), 5);
  CHECK(r.head);
  CHECK(text_of(r) == "brain 0-7; vertex 8-12; ");
}

TEST_CASE("where the rule is not sure there are thirds") {
  const auto not_a_head = [](const std::vector<Section>& stack) {
    const Regions r = head_regions(stack, 5);
    CHECK_FALSE(r.head);
    CHECK(covers(r, static_cast<nn::index>(stack.size())));
    return text_of(r);
  };
  std::vector<Section> chest;
  add(chest, 4, {60, 0.12, 0.05});
  add(chest, 20, {100, 0.08, 0.40});
  CHECK(not_a_head(chest) == "first third 0-7; middle third 8-15; last third 16-23; ");
  // A skull without a brain, as of a phantom; and one with much air where the brain should be.
  std::vector<Section> hollow = made_up_head();
  for (Section& s : hollow) s.air = 0.7;
  not_a_head(hollow);
  std::vector<Section> airy = made_up_head();
  for (std::size_t k = 6; k < 14; ++k) airy[k].air = 0.5;
  for (std::size_t k = 14; k < 23; ++k) airy[k].air = 0.1;
  not_a_head(airy);
  // Bone all around is part of a brain's section.
  for (const double bone : {0.02, 0.24}) {
    std::vector<Section> other = made_up_head();
    for (std::size_t k = 14; k < 23; ++k) other[k].bone = bone;
    CHECK(head_regions(other, 5).head == (bone > 0.1));
  }
  // Both ends look like a vertex.
  std::vector<Section> twice = made_up_head();
  const std::vector<Section> mirrored(twice.rbegin(), twice.rend());
  twice.insert(twice.end(), mirrored.begin(), mirrored.end());
  std::rotate(twice.begin(), twice.begin() + static_cast<std::ptrdiff_t>(twice.size() / 2),
              twice.end());
  not_a_head(twice);
  // Too little between vault and sinuses.
  std::vector<Section> short_brain = made_up_head();
  short_brain.erase(short_brain.begin() + 15, short_brain.begin() + 22);
  not_a_head(short_brain);
  std::vector<Section> empty(7);
  not_a_head(empty);
}

TEST_CASE("thirds of any stack") {
  for (const nn::index n : {1, 2, 3, 4, 5, 17}) CHECK(covers(data::thirds(n), n));
  CHECK(text_of(data::thirds(1)) == "last third 0-0; ");
}

TEST_CASE("the phantom is a head with all four parts, at any size") {
  for (const char* name : {"phantom:1:60:96", "phantom:7:84:64", "phantom:9:40:96"}) {
    const data::Volume v = data::read_volume(name, {});
    const Regions r = head_regions(sections_of(v), v.slice_spacing());
    INFO(name << ": " << text_of(r));
    CHECK(r.head);
    REQUIRE(r.parts.size() == 4);
    CHECK(covers(r, v.slices()));
    // As its sections look: air ends at about 60 mm, the vault is cut flat from about 110 mm.
    const double mm = v.slice_spacing();
    CHECK(r.parts[0].name == "face");
    CHECK(static_cast<double>(r.parts[2].first) * mm > 45);
    CHECK(static_cast<double>(r.parts[2].first) * mm < 75);
    CHECK(r.parts[3].name == "vertex");
    CHECK(static_cast<double>(r.parts[3].first) * mm > 95);
    CHECK(static_cast<double>(r.parts[3].first) * mm < 135);
  }
}
