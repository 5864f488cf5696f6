// What somebody may have meant who mistyped a word.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace train {

/// Letters to add, remove, change or swap with their neighbour to make `b` of `a`, none of them
/// twice: the optimal string alignment distance, a form of Damerau-Levenshtein's.
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The first of the nearest candidates, or empty when all of them are too far: more than one letter
/// for every three of the word, or more than three. Dashes before a word do not count as letters.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace train
