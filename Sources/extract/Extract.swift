import ArgumentParser
import CommandLine

@main
struct Extract: Program {
  static let stage = Stage.extract
  static let configuration = CommandConfiguration(
    commandName: stage.name,
    abstract: "Write VGG16's conv features of the train, validation and test images to HDF5.",
    discussion: """
      VGG16 is cut after --layer. Every image is computed once; what is up to date is left alone, and a run that was \
      stopped goes on where it was.

      EXAMPLES
        extract                              the sample: 5,000 MNIST digits
        extract --data ~/statefarm --groups driver_imgs_list.csv
        extract --data ~/dog-breeds --labels labels.csv --limit 1000
        extract --data ~/statefarm --augment 5
        extract --data ~/statefarm --preview   a picture of what VGG16 will see
        extract --inspect-weights vgg16.h5   what is in a weight file
      """,
    version: Version.line)

  @OptionGroup var options: ExtractOptions

  func run() throws { try options.run() }
}
