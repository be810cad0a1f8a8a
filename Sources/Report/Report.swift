import Console
import Core
import FeatureStore
import Foundation
import Mustache
import Storage

/// `cache/report.html`: what was run and how good it is, in one file that needs nothing else. Made from the files in the
/// cache folder alone, so that fit-head and submit both write it, and the same files give the same bytes.
package struct Report {
  private let cache: CacheFolder
  private let threads: Int
  private let terminal: Terminal

  package init(_ cache: CacheFolder, threads: Int, terminal: Terminal) {
    self.cache = cache
    self.threads = threads
    self.terminal = terminal
  }

  /// Writes the report, unless the one that is there is of this head and its submission. A report that can't be written
  /// is a warning: what it would tell is safe.
  ///
  /// - Parameter head: the key of the chosen head or ensemble.
  package func update(head: String) {
    do {
      let submission = try submission(of: head)
      let inspection = try inspection()
      let key = key(head: head, submission: submission, inspection)
      guard !isThere(key: key) else { return }
      let inputs = try ReportInputs(cache, submission: submission, inspection: inspection)
      if let misfit = inputs.testMisfit { terminal.warn("\(cache.report): the test images are left out: \(misfit)") }
      let pool = WorkerPool(threads: threads)
      let page = try ReportPage(inputs, key: key, pool: pool)
      let html = try ReportTemplate.html(of: page)
      try AtomicFile.replace(cache.report, with: (html + Self.seal(html.utf8)).utf8)
      terminal.note("\(cache.report): written")
    } catch {
      terminal.warn("\(cache.report): not written: \(error)")
    }
  }

  /// What was predicted by this head, for the test cache that is there.
  private func submission(of head: String) throws -> SubmissionRecord? {
    guard let record = Sealed<SubmissionRecord>.read(cache.submissionProvenance), record.headKey == head,
      record.testKey == (try FeatureCache.ifThere(cache.features(of: .test)))?.key
    else { return nil }
    return record
  }

  /// What `inspect` found in the caches that are there.
  private func inspection() throws -> InspectionRecord? {
    guard let record = Sealed<InspectionRecord>.read(cache.inspection),
      record.trainKey == (try FeatureCache.ifThere(cache.features(of: .train)))?.key,
      record.validKey == (try FeatureCache.ifThere(cache.features(of: .valid)))?.key,
      record.testKey == (try FeatureCache.ifThere(cache.features(of: .test)))?.key
    else { return nil }
    return record
  }

  /// What decides the report, but for the images: whether they are where they were is not looked at again.
  private func key(head: String, submission: SubmissionRecord?, _ inspection: InspectionRecord?) -> String {
    ReportSpec(
      template: ReportTemplate.digest, head: head, submission: submission?.key, inspection: inspection
    ).key
  }

  /// The key stands near the beginning of the file, and the digest of what comes before it at the end.
  private func isThere(key: String) -> Bool {
    guard let file = try? AtomicFile.contents(of: cache.report) else { return false }
    let html = file.dropLast(Self.seal([]).utf8.count)
    return file.prefix(2048).firstRange(of: key.utf8) != nil
      && file[html.endIndex...].elementsEqual(Self.seal(html).utf8)
  }

  private static func seal(_ html: some Collection<UInt8>) -> String {
    "<!-- sha256 \(SHA256.hash(data: Array(html)).hexadecimal) -->\n"
  }
}

/// What decides a report, but for the images.
private struct ReportSpec: Specification {
  /// SHA-256.
  let template: String
  let head: String
  let submission: String?
  let inspection: InspectionRecord?
}

/// The template and the style sheet, which lie in the program.
package enum ReportTemplate {
  private static let report = PackageResources.report_mustache
  private static let partials: KeyValuePairs<String, [UInt8]> = [
    "style": PackageResources.style_css,
    "headline": PackageResources.headline_mustache,
    "chart": PackageResources.chart_mustache,
    "picture": PackageResources.picture_mustache,
    "attention": PackageResources.attention_mustache,
    "suspects": PackageResources.suspects_mustache,
    "thresholds": PackageResources.thresholds_mustache,
    "gallery": PackageResources.gallery_mustache,
    "tags": PackageResources.tags_mustache,
    "tables": PackageResources.tables_mustache,
    "calibration": PackageResources.calibration_mustache,
    "submission": PackageResources.submission_mustache,
    "evaluation": PackageResources.evaluation_mustache,
  ]

  /// Everything the page is made of.
  package static var texts: [String] {
    ([report] + partials.map(\.value)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// SHA-256 of all of it, in hexadecimal.
  static var digest: String {
    SHA256.hash(data: Data(texts.joined(separator: "\n").utf8)).hexadecimal
  }

  /// - Parameter name: of the template that the page is for.
  static func html(of page: some Any, _ name: String = "report") throws -> String {
    var library = MustacheLibrary()
    for (name, text) in partials {
      library.register(try MustacheTemplate(string: String(decoding: text, as: UTF8.self)), named: name)
    }
    library.register(try MustacheTemplate(string: String(decoding: report, as: UTF8.self)), named: "report")
    return library.render(page, withTemplate: name) ?? ""
  }
}
