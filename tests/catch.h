// Catch2 version 2 (Debian 12, Ubuntu 24.04 has 3 as well) and version 3 behind one include.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
