#include "nn/io/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/core/error.h"

namespace nn {

MappedFile::Descriptor::~Descriptor() {
  if (number >= 0) ::close(number);
}

MappedFile::MappedFile(const std::string& path, bool map)
    : descriptor_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {
  require(descriptor_.number >= 0, path, "cannot be opened", "a readable file");
  struct stat about {};
  require(::fstat(descriptor_.number, &about) == 0 && S_ISREG(about.st_mode), path, "is no file",
          "a readable file");
  size_ = static_cast<std::size_t>(about.st_size);
  if (map && size_ > 0) {
    void* pages = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_.number, 0);
    mapped_ = pages != MAP_FAILED;
    if (mapped_) {
      data_ = static_cast<const std::byte*>(pages);
      return;
    }
  }
  read_.resize(size_);
  for (std::size_t at = 0; at < size_;) {
    const ssize_t got =
        ::pread(descriptor_.number, read_.data() + at, size_ - at, static_cast<off_t>(at));
    require(got > 0, path, "cannot be read to its end", "a readable file");
    at += static_cast<std::size_t>(got);
  }
  data_ = read_.data();
}

MappedFile::~MappedFile() {
  if (mapped_) ::munmap(const_cast<std::byte*>(data_), size_);
}

bool MappedFile::whole() const {
  struct stat about {};
  return !mapped_ || (::fstat(descriptor_.number, &about) == 0 &&
                      static_cast<std::size_t>(about.st_size) >= size_);
}

void MappedFile::release() const {
  if (mapped_) ::madvise(const_cast<std::byte*>(data_), size_, MADV_DONTNEED);
}

}  // namespace nn
