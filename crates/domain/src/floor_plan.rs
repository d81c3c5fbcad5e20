//! Floor plans: where the resources of a place stand, and what else is to be seen there. A plan is a drawing and no rule: nothing
//! is decided by it, and it never says who has what when.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::ResourceId;
use crate::kind::PlacedProblem;
use crate::profile::Picture;
use crate::text;

/// The shortest side of a plan: a metre.
pub const SIDE_CM_MIN: u32 = 100;
/// The longest: two hundred metres.
pub const SIDE_CM_MAX: u32 = 20_000;
/// The sides of a plan that nobody has drawn yet: twelve metres by eight.
pub const SIDES_CM_DEFAULT: (u32, u32) = (1_200, 800);
/// The shortest side of what stands in a plan.
pub const THING_CM_MIN: u32 = 5;
/// Resources that one plan places.
pub const PLACED_MAX: usize = 500;
/// Shapes of one plan.
pub const SHAPES_MAX: usize = 500;
/// Characters in what is written on a shape.
pub const TEXT_CHARS_MAX: usize = 100;
/// How much of the background is seen where nobody says, of 100.
pub const OPACITY_PERCENT_DEFAULT: u32 = 60;

/// Where something stands and how large it is, in centimetres from the left and from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Where its middle is, from the left.
    pub x: u32,
    /// Where its middle is, from the top.
    pub y: u32,
    /// How wide it is before it is turned.
    pub width: u32,
    /// How high it is before it is turned.
    pub height: u32,
    /// By how much it is turned about its middle: 0 to 359 degrees, to the right.
    pub rotation: u32,
}

/// What the outline of a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outline {
    /// With four corners.
    Rect,
    /// Without.
    Round,
}

/// A resource with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub resource: ResourceId,
    /// Where.
    pub frame: Frame,
    /// How it looks.
    pub outline: Outline,
}

/// What a shape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeKind {
    /// A wall.
    Wall,
    /// A door.
    Door,
    /// A window.
    Window,
    /// A bar, a counter, a reception.
    Bar,
    /// A plant.
    Plant,
    /// Stairs.
    Stairs,
    /// A part of the floor that looks different.
    Zone,
    /// Words and nothing else.
    Label,
}

/// Something that can't be booked and is to be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What it is.
    pub kind: ShapeKind,
    /// Where.
    pub frame: Frame,
    /// What is written on it: one line, at most [`TEXT_CHARS_MAX`] characters.
    pub text: Option<String>,
}

/// What a manager draws. Build it through [`Drawing::check`] before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// How wide the plan is, in centimetres.
    pub width: u32,
    /// How high it is.
    pub height: u32,
    /// How much of the background is seen: 0 to 100.
    pub opacity_percent: u32,
    /// The resources, each once; what comes later lies on top.
    pub resources: Vec<Placed>,
    /// What else there is to be seen, under the resources.
    pub shapes: Vec<Shape>,
}

impl Default for Drawing {
    fn default() -> Self {
        let (width, height) = SIDES_CM_DEFAULT;
        Self { width, height, opacity_percent: OPACITY_PERCENT_DEFAULT, resources: Vec::new(), shapes: Vec::new() }
    }
}

/// A plan as it is stored; what nobody has drawn is empty and of version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorPlan {
    /// What is drawn.
    pub drawing: Drawing,
    /// What lies under it.
    pub background: Option<Picture>,
    /// Counts its edits: its entity tag.
    pub version: i64,
    /// When it was last edited.
    pub updated_at: Option<Timestamp>,
}

impl Drawing {
    /// Everything that is wrong with it; empty where it can stand. Whether the resources stand in the place is not looked at.
    pub fn check(&self) -> Vec<PlacedProblem> {
        let mut problems = Vec::new();
        let mut refuse = |pointer: String, detail: String| problems.push(PlacedProblem { pointer, detail });
        for (member, side) in [("width", self.width), ("height", self.height)] {
            if !(SIDE_CM_MIN..=SIDE_CM_MAX).contains(&side) {
                refuse(format!("/{member}"), format!("must be from {SIDE_CM_MIN} to {SIDE_CM_MAX}"));
            }
        }
        if 100 < self.opacity_percent {
            refuse("/background_opacity_percent".to_owned(), "must be from 0 to 100".to_owned());
        }
        for (list, count, most) in
            [("resources", self.resources.len(), PLACED_MAX), ("shapes", self.shapes.len(), SHAPES_MAX)]
        {
            if most < count {
                refuse(format!("/{list}"), format!("must be at most {most}"));
                return problems;
            }
        }
        let mut seen = BTreeSet::new();
        for (nth, placed) in self.resources.iter().enumerate() {
            if !seen.insert(placed.resource) {
                refuse(format!("/resources/{nth}/resource_id"), "must not stand in the plan twice".to_owned());
            }
            self.check_frame(&format!("/resources/{nth}"), placed.frame, &mut refuse);
        }
        for (nth, shape) in self.shapes.iter().enumerate() {
            self.check_frame(&format!("/shapes/{nth}"), shape.frame, &mut refuse);
            let written = shape.text.as_deref().map_or(Ok(()), |text| text::required_line(text, TEXT_CHARS_MAX));
            if let Err(problem) = written {
                refuse(format!("/shapes/{nth}/text"), problem.to_string());
            }
        }
        problems
    }

    fn check_frame(&self, of: &str, frame: Frame, refuse: &mut impl FnMut(String, String)) {
        for (member, value, least, most) in [
            ("x", frame.x, 0, self.width.min(SIDE_CM_MAX)),
            ("y", frame.y, 0, self.height.min(SIDE_CM_MAX)),
            ("width", frame.width, THING_CM_MIN, SIDE_CM_MAX),
            ("height", frame.height, THING_CM_MIN, SIDE_CM_MAX),
            ("rotation", frame.rotation, 0, 359),
        ] {
            if !(least..=most).contains(&value) {
                refuse(format!("{of}/{member}"), format!("must be from {least} to {most}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const FRAME: Frame = Frame { x: 100, y: 100, width: 80, height: 80, rotation: 0 };

    fn placed(number: u128) -> Placed {
        Placed { resource: ResourceId(Uuid::from_u128(number)), frame: FRAME, outline: Outline::Round }
    }

    fn pointers(drawing: &Drawing) -> Vec<String> {
        drawing.check().into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn a_drawing_keeps_to_its_bounds() {
        let wall = |text: Option<&str>| Shape { kind: ShapeKind::Wall, frame: FRAME, text: text.map(str::to_owned) };
        let good = Drawing {
            resources: vec![placed(1), placed(2)],
            shapes: vec![wall(None), wall(Some("Бар"))],
            ..Drawing::default()
        };
        assert_eq!(good.check(), []);
        let smallest = Drawing { width: SIDE_CM_MIN, height: SIDE_CM_MIN, ..good.clone() };
        assert_eq!(smallest.check(), []);
        let bad = Drawing { width: 99, height: 20_001, opacity_percent: 101, ..Drawing::default() };
        assert_eq!(pointers(&bad), ["/width", "/height", "/background_opacity_percent"]);
        let twice = Drawing { resources: vec![placed(1), placed(2), placed(1)], ..Drawing::default() };
        assert_eq!(pointers(&twice), ["/resources/2/resource_id"]);
        let off = Frame { x: 1_201, y: u32::MAX, width: 4, height: 20_001, rotation: 360 };
        let strays = Drawing { resources: vec![Placed { frame: off, ..placed(1) }], ..Drawing::default() };
        let members = ["x", "y", "width", "height", "rotation"];
        assert_eq!(pointers(&strays), members.map(|member| format!("/resources/0/{member}")));
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        let words = Drawing { shapes: ["", " ", "a\nb", &long].map(|it| wall(Some(it))).into(), ..Drawing::default() };
        assert_eq!(pointers(&words), [0, 1, 2, 3].map(|nth| format!("/shapes/{nth}/text")));
        let many = Drawing { resources: (0..=500).map(placed).collect(), ..Drawing::default() };
        assert_eq!(pointers(&many), ["/resources"]);
        let many = Drawing { shapes: vec![wall(None); SHAPES_MAX + 1], ..Drawing::default() };
        assert_eq!(pointers(&many), ["/shapes"]);
    }
}
