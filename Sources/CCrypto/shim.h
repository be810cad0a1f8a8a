// OpenSSL calls SHA256_Init and its like deprecated in favour of EVP, which reads a configuration file, loads a provider and
// allocates, and can fail in each. These can't.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
