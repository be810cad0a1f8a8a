import CWebP
import Core

extension ImageDecoder {
  /// Whether versions before 0.4.0 made something else of a picture, or could not read it: they did not heed XMP, nor the
  /// EXIF data of PNG and WebP, and knew neither animations nor other formats nor pictures of more pixels than
  /// 89,478,485. Features of such a picture in their caches are of no use.
  ///
  /// - Parameter bytes: of a whole file; of anything else the answer is no.
  package static func readsOtherwiseThanBefore(_ bytes: [UInt8]) -> Bool {
    if bytes.starts(with: JPEG.signature) {
      return isLarge(JPEGSegments.size(bytes)) || JPEGSegments.orientationData(bytes).isNewToJPEG
    }
    if bytes.starts(with: PNG.signature) {
      return isLarge(PNGChunks.size(bytes)) || PNGChunks.orientationData(bytes).orientation != 1
    }
    if WebP.isWebP(bytes) {
      var features = WebPBitstreamFeatures()
      guard WebPGetFeatures(bytes, bytes.count, &features) == VP8_STATUS_OK else { return false }
      let container = WebPContainer(bytes)
      return features.has_animation != 0 || !container.isWhole || container.orientationData.orientation != 1
        || isLarge(ImageSize(height: Int(features.height), width: Int(features.width)))
    }
    return TIFF.isTIFF(bytes) || BMP.isBMP(bytes) || bytes.starts(with: GIF.signature) || PNM.isPNM(bytes)
      || HEIF.name(bytes) != nil
  }

  private static func isLarge(_ size: ImageSize?) -> Bool {
    size.map { Double($0.height) * Double($0.width) > 89_478_485 } ?? false
  }
}

extension OrientationData {
  /// Whether it is said where JPEG's readers before 0.4.0 did not look, or as they did not understand it.
  fileprivate var isNewToJPEG: Bool {
    guard let exif, EXIF.orientation(of: exif) != nil else { return orientation != 1 }
    return !EXIF.hasPlainOrientation(exif)
  }
}
