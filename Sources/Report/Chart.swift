import Foundation
import Support

/// A chart as the template draws it in SVG: all coordinates are worked out, all numbers are text.
///
/// The view box is 360 wide: about the width of a phone, where a unit is a pixel.
package struct Chart {
  /// For the elements that others refer to; letters only.
  let id: String
  let title: String
  /// What the chart shows, in a sentence, for those who can't see it.
  let summary: String
  let width = "360"
  let height = "220"
  let horizontal: [Tick]
  let vertical: [Tick]
  let horizontalName: String
  package var lines: [Line] = [] {
    didSet { hasLegend = lines.count > 1 }
  }
  /// Whether the lines have to be told apart.
  private(set) var hasLegend = false
  package var bars: [Bar] = []
  package var marks: [Mark] = []
  package var rules: [Rule] = []

  /// A value of an axis, with its place and its label.
  package struct Tick {
    package let position: String
    package let label: String
  }

  /// A curve, with its name for the legend.
  package struct Line {
    package let name: String
    /// The class in the style sheet.
    let style: String
    /// SVG's path data; empty where there are no points.
    package let path: String
  }

  package struct Bar {
    package let x, y, width, height: String
    /// From 0 to 1.
    package let opacity: String
    /// What is said of it.
    package let title: String
  }

  /// A point, with a label beside it.
  package struct Mark {
    let style: String
    package let x, y: String
    let labelX, labelY: String
    let anchor: String
    package let label: String
    let hasLabel: Bool
    package let title: String
  }

  /// A thin line: from one corner to the other, or at one value.
  package struct Rule {
    let x1, y1, x2, y2: String
  }

  /// The part of the view box that has the data; outside of it are the axes' labels.
  enum Plot {
    static let left = 40.0
    static let right = 350.0
    static let top = 12.0
    static let bottom = 182.0
  }

  init(id: String, title: String, summary: String, x: Axis, y: Axis, horizontalName: String) {
    self.id = id
    self.title = title
    self.summary = summary
    self.horizontalName = horizontalName
    horizontal = x.ticks.map { Tick(position: coordinate(x.position($0)), label: x.label($0)) }
    vertical = y.ticks.map { Tick(position: coordinate(y.position($0)), label: y.label($0)) }
  }
}

extension Chart.Line {
  /// A line through points in their order; points that are not finite are left out.
  package init(_ name: String, style: String, points: [(x: Double, y: Double)], x: Axis, y: Axis) {
    self.name = name
    self.style = style
    let places = points.filter { $0.x.isFinite && $0.y.isFinite }
      .map { "\(coordinate(x.position($0.x))) \(coordinate(y.position($0.y)))" }
    path = places.isEmpty ? "" : "M" + places.joined(separator: "L")
  }
}

extension Chart.Mark {
  /// A point with its label on the side that has room.
  ///
  /// - Parameter isOnRule: whether the label stands at the end of a vertical rule through the point, away from curves;
  ///   else it stands below the point, or above where that is too low.
  package init(
    style: String, at point: (x: Double, y: Double), label: String, title: String, x: Axis, y: Axis,
    isOnRule: Bool = false
  ) {
    typealias Plot = Chart.Plot
    let place = (x: x.position(point.x), y: y.position(point.y))
    let isRight = place.x > (Plot.left + Plot.right) / 2
    let isHigh = place.y < (Plot.top + Plot.bottom) / 2
    let isLow = place.y > Plot.bottom - 20
    self.style = style
    self.x = coordinate(place.x)
    self.y = coordinate(place.y)
    labelX = coordinate(isOnRule ? place.x + (isRight ? -8 : 8) : place.x)
    labelY = coordinate(isOnRule ? (isHigh ? Plot.bottom - 8 : Plot.top + 10) : place.y + (isLow ? -9 : 17))
    anchor = isRight ? "end" : "start"
    self.label = label
    hasLabel = !label.isEmpty
    self.title = title
  }
}

extension Chart.Bar {
  /// A bar from the lower edge of the plot up to a value.
  ///
  /// - Parameter strength: how much of its colour it has, from 0 to 1.
  package init(
    from low: Double, to high: Double, value: Double, title: String, strength: Double = 1, x: Axis, y: Axis
  ) {
    let (left, right, top) = (x.position(low), x.position(high), y.position(value))
    self.x = coordinate(left)
    self.y = coordinate(top)
    width = coordinate(right - left)
    height = coordinate(Chart.Plot.bottom - top)
    opacity = fixed(strength, 2)
    self.title = title
  }
}

/// A coordinate to a tenth of a unit, without needless zeros.
func coordinate(_ value: Double) -> String {
  let text = fixed(value, 1)
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
