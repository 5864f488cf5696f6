// The only file with stb_image's code in it. A decoder for PNG only, from memory only: what is
// not compiled cannot be attacked.
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_SIMD  // the same bits on every machine
#define STBI_MAX_DIMENSIONS 8192
#define STBI_FAILURE_USERMSG
#define STB_IMAGE_IMPLEMENTATION
#include <stb_image.h>
