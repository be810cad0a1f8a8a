// libtiff asks for tags, and gives errors, through functions with arguments of any type, which Swift can't call. So that is
// done here: a file in memory, what its first directory says of the picture, and the message of what went wrong.

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

typedef struct {
  TIFF *tiff;
  const unsigned char *bytes;
  size_t count;
  size_t offset;
  /// The first error; empty where there was none.
  char message[192];
  /// Whether something was made up that a file that ends too early does not have.
  int is_cut;
} tiff_reader;

/// What the first directory says; tags that are not there have the standard's defaults.
typedef struct {
  unsigned width, height;
  /// Of a strip, or of a tile.
  unsigned block_width, block_height;
  unsigned bits, samples, photometric, compression, sample_format, ink_set;
  int is_planar, is_tiled;
  /// 0 where it is not told.
  unsigned orientation;
  unsigned extra_samples;
  /// Of the first extra sample (EXTRASAMPLE_…).
  unsigned first_extra_sample;
  /// 2^bits entries each; null where there are none.
  const uint16_t *red, *green, *blue;
  const unsigned char *xmp;
  unsigned xmp_count;
} tiff_description;

static inline void tiff_reader_hear(tiff_reader *reader, int is_error, const char *format, va_list arguments) {
  if (!reader) return;
  char message[192];
  vsnprintf(message, sizeof message, format, arguments);
  // libjpeg's words, those of libtiff's fax decoder, and those of what reads tags: it would go on without the palette.
  int is_cut = strstr(message, "Premature end") || strstr(message, "Premature EOF") ||
               strstr(message, "IO error during reading");
  if (is_cut) reader->is_cut = 1;
  if ((is_error || is_cut) && !reader->message[0]) memcpy(reader->message, message, sizeof message);
}

static inline void tiff_reader_error(thandle_t handle, const char *module, const char *format, va_list arguments) {
  (void)module;
  tiff_reader_hear((tiff_reader *)handle, 1, format, arguments);
}

static inline void tiff_reader_warning(thandle_t handle, const char *module, const char *format, va_list arguments) {
  (void)module;
  tiff_reader_hear((tiff_reader *)handle, 0, format, arguments);
}

/// Errors go to the reader that they are of, and nowhere else. Before the first use, once.
static inline void tiff_reader_prepare(void) {
  TIFFSetErrorHandler(NULL);
  TIFFSetErrorHandlerExt(tiff_reader_error);
  TIFFSetWarningHandler(NULL);
  TIFFSetWarningHandlerExt(tiff_reader_warning);
}

static inline tmsize_t tiff_reader_fetch(thandle_t handle, void *target, tmsize_t count) {
  tiff_reader *reader = (tiff_reader *)handle;
  if (count < 0 || reader->offset > reader->count) return 0;
  size_t rest = reader->count - reader->offset;
  size_t part = (size_t)count < rest ? (size_t)count : rest;
  memcpy(target, reader->bytes + reader->offset, part);
  reader->offset += part;
  return (tmsize_t)part;
}

static inline tmsize_t tiff_reader_write(thandle_t handle, void *source, tmsize_t count) {
  (void)handle;
  (void)source;
  (void)count;
  return 0;
}

static inline toff_t tiff_reader_seek(thandle_t handle, toff_t offset, int whence) {
  tiff_reader *reader = (tiff_reader *)handle;
  if (whence == SEEK_CUR) offset += reader->offset;
  if (whence == SEEK_END) offset += reader->count;
  reader->offset = (size_t)offset;
  return offset;
}

static inline int tiff_reader_done(thandle_t handle) {
  (void)handle;
  return 0;
}

static inline toff_t tiff_reader_size(thandle_t handle) { return ((tiff_reader *)handle)->count; }

static inline int tiff_reader_map(thandle_t handle, void **bytes, toff_t *count) {
  tiff_reader *reader = (tiff_reader *)handle;
  *bytes = (void *)reader->bytes;
  *count = reader->count;
  return 1;
}

static inline void tiff_reader_unmap(thandle_t handle, void *bytes, toff_t count) {
  (void)handle;
  (void)bytes;
  (void)count;
}

/// Reads the first directory of a TIFF file in memory, which must outlive the reader and stay where it is, as must the
/// reader. Close the reader whatever this returns.
///
/// - Parameter max_allocation: in bytes, of one allocation, where libtiff is recent enough (4.5) to keep to it.
static inline int tiff_reader_open(tiff_reader *reader, const void *bytes, size_t count, tmsize_t max_allocation) {
  memset(reader, 0, sizeof *reader);
  reader->bytes = (const unsigned char *)bytes;
  reader->count = count;
#if TIFFLIB_VERSION >= 20221213
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return 0;
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, max_allocation);
  reader->tiff = TIFFClientOpenExt(
      "", "r", reader, tiff_reader_fetch, tiff_reader_write, tiff_reader_seek, tiff_reader_done, tiff_reader_size,
      tiff_reader_map, tiff_reader_unmap, options);
  TIFFOpenOptionsFree(options);
#else
  (void)max_allocation;
  reader->tiff = TIFFClientOpen(
      "", "r", reader, tiff_reader_fetch, tiff_reader_write, tiff_reader_seek, tiff_reader_done, tiff_reader_size,
      tiff_reader_map, tiff_reader_unmap);
#endif
  return reader->tiff != NULL;
}

static inline void tiff_reader_close(tiff_reader *reader) {
  if (reader->tiff) TIFFClose(reader->tiff);
  reader->tiff = NULL;
}

static inline unsigned tiff_reader_short(tiff_reader *reader, uint32_t tag, unsigned otherwise) {
  uint16_t value = 0;
  return TIFFGetField(reader->tiff, tag, &value) ? value : otherwise;
}

static inline unsigned tiff_reader_long(tiff_reader *reader, uint32_t tag, unsigned otherwise) {
  uint32_t value = 0;
  return TIFFGetField(reader->tiff, tag, &value) ? value : otherwise;
}

/// What the directory says. The pointers are the reader's.
static inline tiff_description tiff_reader_describe(tiff_reader *reader) {
  tiff_description it;
  memset(&it, 0, sizeof it);
  it.width = tiff_reader_long(reader, TIFFTAG_IMAGEWIDTH, 0);
  it.height = tiff_reader_long(reader, TIFFTAG_IMAGELENGTH, 0);
  it.bits = tiff_reader_short(reader, TIFFTAG_BITSPERSAMPLE, 1);
  it.samples = tiff_reader_short(reader, TIFFTAG_SAMPLESPERPIXEL, 1);
  it.photometric = tiff_reader_short(reader, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  it.compression = tiff_reader_short(reader, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  it.sample_format = tiff_reader_short(reader, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  it.ink_set = tiff_reader_short(reader, TIFFTAG_INKSET, INKSET_CMYK);
  it.orientation = tiff_reader_short(reader, TIFFTAG_ORIENTATION, 0);
  it.is_planar = tiff_reader_short(reader, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  it.is_tiled = TIFFIsTiled(reader->tiff);
  it.block_width = it.is_tiled ? tiff_reader_long(reader, TIFFTAG_TILEWIDTH, 0) : it.width;
  it.block_height = tiff_reader_long(reader, it.is_tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, it.height);
  uint16_t count = 0, *extra = NULL;
  if (TIFFGetField(reader->tiff, TIFFTAG_EXTRASAMPLES, &count, &extra) && count > 0) {
    it.extra_samples = count;
    it.first_extra_sample = extra[0];
  }
  uint16_t *red = NULL, *green = NULL, *blue = NULL;
  if (TIFFGetField(reader->tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) {
    it.red = red;
    it.green = green;
    it.blue = blue;
  }
  uint32_t xmp_count = 0;
  void *xmp = NULL;
  if (TIFFGetField(reader->tiff, TIFFTAG_XMLPACKET, &xmp_count, &xmp) && xmp) {
    it.xmp = (const unsigned char *)xmp;
    it.xmp_count = xmp_count;
  }
  return it;
}

/// Lets libjpeg make RGB of YCbCr.
static inline void tiff_reader_decode_jpeg_to_rgb(tiff_reader *reader) {
  TIFFSetField(reader->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}

/// The picture as red, green, blue and alpha, a byte each, from its first row on, as libtiff converts it: for YCbCr whose
/// colours have fewer samples.
static inline int tiff_reader_rgba(tiff_reader *reader, unsigned width, unsigned height, uint32_t *pixels) {
  TIFFRGBAImage image;
  char message[1024] = "";
  if (!TIFFRGBAImageOK(reader->tiff, message) || !TIFFRGBAImageBegin(&image, reader->tiff, 1, message)) {
    if (!reader->message[0]) snprintf(reader->message, sizeof reader->message, "%.180s", message);
    return 0;
  }
  image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;
  int is_whole = image.width == width && image.height == height && TIFFRGBAImageGet(&image, pixels, width, height);
  TIFFRGBAImageEnd(&image);
  return is_whole;
}
