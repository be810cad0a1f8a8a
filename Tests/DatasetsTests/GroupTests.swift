import Datasets
import Testing

@Suite("Groups: whole drivers are held out")
struct GroupTests {
  let folder: TemporaryFolder
  static let drivers = 8

  /// State Farm's layout: two classes, eight drivers with eight pictures each, and a list of them.
  init() throws {
    folder = try TemporaryFolder()
    var list = "subject,classname,img\n"
    for picture in 0..<64 {
      let (driver, label) = (picture / 8, picture % 2)
      try folder.write("imgs/train/c\(label)/img_\(picture).jpg", "")
      list += "p\(driver),c\(label),img_\(picture).jpg\n"
    }
    try folder.write("imgs/test/img_100.jpg", "")
    try folder.write("driver_imgs_list.csv", list)
  }

  private func open(_ change: (inout DatasetOptions) -> Void = { _ in }) throws -> ImageDataset {
    var options = DatasetOptions(validFraction: 0.25)
    options.groups = "driver_imgs_list.csv"
    change(&options)
    return try ImageDataset.open(folder.path, options: options)
  }

  private func groups(_ data: ImageDataset, _ split: Split) -> Set<String?> {
    Set(data.examples(in: split).map(\.group))
  }

  @Test("no driver is in both splits, and each picture has its driver")
  func heldOut() throws {
    let data = try open()
    #expect(data.labelNames == ["c0", "c1"])
    #expect(groups(data, .train).isDisjoint(with: groups(data, .valid)))
    #expect(data.examples(in: .valid).count == 16)
    #expect(data.examples(in: .train).count == 48)
    #expect(data.examples(in: .test) == [Example(name: "img_100.jpg", label: -1)])
    for example in data.examples(in: .train) {
      let picture = Int(example.name.dropFirst("c0/img_".count).dropLast(".jpg".count))!
      #expect(example.group == "p\(picture / 8)")
    }
    #expect(data.warnings.isEmpty)
  }

  @Test("the seed decides which drivers")
  func seeded() throws {
    #expect(groups(try open(), .valid) == groups(try open(), .valid))
    let choices = Set(try (0..<10).map { seed in groups(try open { $0.seed = seed }, .valid) })
    #expect(choices.count > 3)
  }

  @Test("a single folder: three splits without a common driver")
  func threeSplits() throws {
    let data = try ImageDataset.open(
      folder.path + "/imgs/train",
      options: {
        var options = DatasetOptions(validFraction: 0.25, testFraction: 0.25)
        options.groups = folder.path + "/driver_imgs_list.csv"
        return options
      }())
    #expect(Split.allCases.map { data.examples(in: $0).count } == [32, 16, 16])
    #expect(Split.allCases.map { groups(data, $0).count }.reduce(0, +) == Self.drivers)
  }

  @Test("without --groups, a list beside the data is a warning that names the leak", arguments: ["", "/imgs"])
  func warning(place: String) throws {
    let data = try ImageDataset.open(folder.path + place)
    let warning = try #require(data.warnings.first)
    #expect(warning.contains("driver_imgs_list.csv: subject p"))
    #expect(warning.contains("more are in both train and valid: validation will look better than it is"))
    #expect(warning.contains("--groups driver_imgs_list.csv --group-column subject"))
  }

  @Test("a validation folder that shares a driver with train is refused")
  func leak() throws {
    try folder.write("imgs/valid/c0/img_64.jpg", "")
    try folder.write(
      "more.csv", "img,driver\nimg_64,p3\n" + (0..<64).map { "img_\($0),p\($0 / 8)\n" }.joined())
    let error = #expect(throws: DatasetError.self) { try open { $0.groups = "more.csv" } }
    #expect(
      error?.description
        == "\(folder.path)/more.csv: driver p3 is in both train and valid: expected whole groups in one of them")
  }

  @Test("test pictures have their groups, too, and those that training has are told")
  func testPictures() throws {
    try folder.write("imgs/test/img_101.jpg", "")
    let list = "img,driver\n" + (0..<64).map { "img_\($0),p\($0 / 8)\n" }.joined()
    for (driver, warns) in [("p9", false), ("p3", true)] {
      try folder.write("more.csv", list + "img_101.jpg,\(driver)\n")
      let data = try open { $0.groups = "more.csv" }
      #expect(data.examples(in: .test).map(\.group) == [nil, driver])
      #expect(
        data.warnings
          == (warns
            ? [
              "\(folder.path)/more.csv: driver p3 is in train or valid, and in test: test accuracy will look better than it is"
            ]
            : []))
    }
  }

  @Test("what is wrong is said in one line")
  func errors() throws {
    let missing = #expect(throws: DatasetError.self) { try open { $0.groupColumn = "driver" } }
    #expect(missing?.description.hasSuffix("no column 'driver'; the columns are subject, classname, img") == true)
    try folder.write("imgs/train/c0/img_64.jpg", "")
    let stray = #expect(throws: DatasetError.self) { try open() }
    #expect(stray?.description == "driver_imgs_list.csv: no group for the picture c0/img_64.jpg")
    try folder.write("one.csv", "group,img\n" + (0..<65).map { "a,img_\($0)\n" }.joined())
    let few = #expect(throws: DatasetError.self) { try open { $0.groups = "one.csv" } }
    #expect(few?.description == "1 group can't be held apart in 2 splits: at least one each")
  }
}
