#pragma once

// Where HDF5 1.12 and later renamed functions, ask for the forms of 1.10.
#define H5_USE_110_API
#include <hdf5.h>
#include <hdf5_hl.h>

// Swift can't import macros that call a function first (H5OPEN) or that are casts: here they are as functions.
#define CHDF5_VALUE(type, name, value) \
  static inline type name(void) { return value; }

CHDF5_VALUE(unsigned, chdf5_open_read_only, H5F_ACC_RDONLY)
CHDF5_VALUE(unsigned, chdf5_open_read_write, H5F_ACC_RDWR)
CHDF5_VALUE(unsigned, chdf5_create_truncate, H5F_ACC_TRUNC)

CHDF5_VALUE(hid_t, chdf5_default, H5P_DEFAULT)
CHDF5_VALUE(hid_t, chdf5_all, H5S_ALL)
CHDF5_VALUE(hsize_t, chdf5_unlimited, H5S_UNLIMITED)
CHDF5_VALUE(size_t, chdf5_variable, H5T_VARIABLE)

CHDF5_VALUE(hid_t, chdf5_file_create, H5P_FILE_CREATE)
CHDF5_VALUE(hid_t, chdf5_file_access, H5P_FILE_ACCESS)
CHDF5_VALUE(hid_t, chdf5_group_create, H5P_GROUP_CREATE)
CHDF5_VALUE(hid_t, chdf5_dataset_create, H5P_DATASET_CREATE)
CHDF5_VALUE(hid_t, chdf5_dataset_transfer, H5P_DATASET_XFER)
CHDF5_VALUE(hid_t, chdf5_link_create, H5P_LINK_CREATE)

CHDF5_VALUE(hid_t, chdf5_int8, H5T_STD_I8LE)
CHDF5_VALUE(hid_t, chdf5_int16, H5T_STD_I16LE)
CHDF5_VALUE(hid_t, chdf5_int32, H5T_STD_I32LE)
CHDF5_VALUE(hid_t, chdf5_int64, H5T_STD_I64LE)
CHDF5_VALUE(hid_t, chdf5_uint8, H5T_STD_U8LE)
CHDF5_VALUE(hid_t, chdf5_uint16, H5T_STD_U16LE)
CHDF5_VALUE(hid_t, chdf5_uint32, H5T_STD_U32LE)
CHDF5_VALUE(hid_t, chdf5_uint64, H5T_STD_U64LE)
CHDF5_VALUE(hid_t, chdf5_float32, H5T_IEEE_F32LE)
CHDF5_VALUE(hid_t, chdf5_float64, H5T_IEEE_F64LE)
CHDF5_VALUE(hid_t, chdf5_string, H5T_C_S1)

static inline herr_t chdf5_iterate_links(hid_t group, H5L_iterate_t visit, void *context) {
  hsize_t position = 0;
  return H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &position, visit, context);
}

static inline herr_t chdf5_read_chunk(hid_t dataset, const hsize_t *offset, uint32_t *filter_mask, void *bytes) {
  return H5Dread_chunk(dataset, H5P_DEFAULT, offset, filter_mask, bytes);
}

// A file driver of our own (see OutputDriver.swift). From HDF5 1.14 on its parts have a header of their own.
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

// HDF5 knows an open file by the first member.
typedef struct {
  H5FD_t file;
  haddr_t end_of_allocation;
  const void *output;
} chdf5_output_file;

// A driver without functions yet.
static inline H5FD_class_t chdf5_empty_driver(const char *name) {
  H5FD_class_t driver = {
      .name = name,
      .maxaddr = ((haddr_t)1 << (8 * sizeof(off_t) - 1)) - 1,
      .fc_degree = H5F_CLOSE_WEAK,
      .fl_map = H5FD_FLMAP_DICHOTOMY,
#if H5_VERSION_GE(1, 13, 0)
      .version = H5FD_CLASS_VERSION,
      .value = (H5FD_class_value_t)511,  // 256 to 511 are for drivers that nobody else uses
#endif
  };
  return driver;
}

// What HDF5's own POSIX driver lets the library do, so that files are laid out alike.
CHDF5_VALUE(unsigned long, chdf5_output_features,
            H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA)
