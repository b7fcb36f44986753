// How a std::unique_ptr frees an object of OpenSSL's: std::unique_ptr<EVP_PKEY,
// OpensslFree<EVP_PKEY_free>>.
#pragma once

namespace longmen {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace longmen
